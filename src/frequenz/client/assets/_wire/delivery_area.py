"""Delivery areas, and the market codes of areas and balancing groups."""

from functools import lru_cache
from typing import Final

from frequenz.api.common.v1alpha8.grid import delivery_area_pb2
from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

from ..findings._rules import Fault, Rule
from .eic import eic_fault
from .enums import decode_enum, encode_enum, members_by_number

_CODE_TYPES: Final = members_by_number(EnergyMarketCodeType)


def decode_delivery_area(
    message: delivery_area_pb2.DeliveryArea, path: str, found: list[Fault]
) -> DeliveryArea:
    """Return the delivery area as far as it can be read."""
    area, faults = _read_area(message.code, message.code_type, path)
    found += faults
    return area


@lru_cache(maxsize=1024)  # many microgrids are in few delivery areas
def _read_area(code: str, code_type: int, path: str) -> tuple[DeliveryArea, tuple[Fault, ...]]:
    found: list[Fault] = []
    member = read_code(code, code_type, path, found)
    return DeliveryArea(code=code or None, code_type=member), tuple(found)


def encode_delivery_area(area: DeliveryArea) -> delivery_area_pb2.DeliveryArea:
    """Return the message for a delivery area."""
    return delivery_area_pb2.DeliveryArea(
        code=area.code or "", code_type=encode_enum(area.code_type)
    )


def read_code(
    code: str, code_type: int, path: str, found: list[Fault]
) -> EnergyMarketCodeType | int:
    """Check a market code, and return its type."""
    member = decode_enum(_CODE_TYPES, code_type, f"{path}.code_type", found)
    if code and member is EnergyMarketCodeType.EUROPE_EIC:
        if fault := eic_fault(code, f"{path}.code"):
            found.append(fault)
    elif not code.strip():
        found.append(Rule.CODE_MISSING.at(f"{path}.code"))
    return member
