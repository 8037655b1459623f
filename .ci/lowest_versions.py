"""Print the lower bounds of pyproject.toml as constraints for pip, for this Python."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
for line in project["dependencies"]:
    requirement = Requirement(line)
    if requirement.marker is None or requirement.marker.evaluate():
        lowest = next(each.version for each in requirement.specifier if each.operator == ">=")
        print(f"{requirement.name}=={lowest}")
