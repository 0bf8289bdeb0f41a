"""A set-up in a process of its own, as a second Blender does it: STORE EXTENSION BASE LOG."""

import importlib
import sys
import types
from pathlib import Path

package = types.ModuleType("plain")
package.__path__ = [str(Path(__file__).resolve().parents[3] / "addon")]
sys.modules["plain"] = package
setup = importlib.import_module("plain.environment.setup")
store = importlib.import_module("plain.environment.store")
base = importlib.import_module("plain.environment.base_python").BasePython(sys.argv[3], (3, 11))

running = setup.EnvironmentSetup(
    store.Store(sys.argv[1]), setup.Order(sys.argv[2], base, "cpu", check=("check",)), sys.argv[4]
)
running.wait()
print(running.error)
