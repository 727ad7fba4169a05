"""Delivery areas, and the market codes of areas and balancing groups."""

from typing import Final

from frequenz.api.common.v1alpha8.grid import balancing_group_pb2, delivery_area_pb2
from frequenz.client.common.grid import DeliveryArea, EnergyMarketCodeType

from ..findings._rules import Fault, Rule
from .eic import eic_fault
from .enums import decode_enum, encode_enum, members_by_number

_CODE_TYPES: Final = members_by_number(EnergyMarketCodeType)


def decode_delivery_area(
    message: delivery_area_pb2.DeliveryArea, path: str, found: list[Fault]
) -> DeliveryArea:
    """Return the delivery area as far as it can be read."""
    code, code_type = decode_code(message, path, found)
    return DeliveryArea(code=code, code_type=code_type)


def encode_delivery_area(area: DeliveryArea) -> delivery_area_pb2.DeliveryArea:
    """Return the message for a delivery area."""
    return delivery_area_pb2.DeliveryArea(
        code=area.code or "", code_type=encode_enum(area.code_type)
    )


def decode_code(
    message: delivery_area_pb2.DeliveryArea | balancing_group_pb2.BalancingGroup,
    path: str,
    found: list[Fault],
) -> tuple[str | None, EnergyMarketCodeType | int]:
    """Return a market code and its type."""
    code = message.code
    code_type = decode_enum(_CODE_TYPES, message.code_type, f"{path}.code_type", found)
    if code and code_type is EnergyMarketCodeType.EUROPE_EIC:
        if fault := eic_fault(code, f"{path}.code"):
            found.append(fault)
    elif not code.strip():
        found.append(Rule.CODE_MISSING.at(f"{path}.code"))
    return code or None, code_type
