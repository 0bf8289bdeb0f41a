"""The command line: ``headbridge register | uv | bake | fit-mesh | fit-landmarks3d | convert | sample | metrics | doctor``.

Exit codes: 0 done, 1 failed, 2 bad input or arguments, 130 cancelled.
"""
