"""The arrays of head models come without torch; the models themselves when they are asked for."""

import subprocess
import sys

import pytest

from headbridge.models import flame, hack, ict, rig


def test_rigs_load_without_torch(backend_environment):
    program = "import sys, headbridge.models.rig; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env=backend_environment).returncode == 0


@pytest.mark.parametrize("package", [flame, hack, ict, rig])
def test_every_public_name_is_there(package):
    assert all(getattr(package, name) is not None for name in package.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'SmplModel'"):
        _ = package.SmplModel
