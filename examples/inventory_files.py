"""Read an inventory file, check it, compare it with another one, and write it as JSON."""

from pathlib import Path
from tempfile import TemporaryDirectory

from frequenz.client.assets import inventory
from frequenz.client.assets.findings import Severity
from frequenz.client.assets.inventory import InventoryFileError

FLEET = Path(__file__).with_name("fleet.yaml")


def main() -> None:
    """Go through the life of an inventory file."""
    fleet = inventory.read(FLEET)
    print(FLEET.name, "has", len(fleet.sites), "sites")

    for checked in inventory.check(fleet):
        if checked.finding.severity is Severity.MAJOR:
            print(checked)

    changed = FLEET.read_text(encoding="utf-8").replace("latitude: 95.0", "latitude: 59.0")
    corrected = inventory.parse_text(changed, name="the corrected fleet")
    for difference in inventory.diff(fleet, corrected):
        print(difference)

    with TemporaryDirectory() as folder:
        target = Path(folder) / "fleet.json"
        inventory.write(corrected, target)
        assert inventory.read(target) == corrected

    try:
        inventory.parse_text("{version: 1, microgrids: [{id: one}]}", name="a bad file")
    except InventoryFileError as error:
        print(error)


if __name__ == "__main__":
    main()
