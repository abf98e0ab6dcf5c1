"""Makes `report` importable: the benchmarks are no package that one installs."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
