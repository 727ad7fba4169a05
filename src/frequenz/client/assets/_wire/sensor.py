"""Sensors."""

from frequenz.api.common.v1alpha8.microgrid.sensors import sensors_pb2
from frequenz.client.common.microgrid import MicrogridId
from frequenz.client.common.microgrid.sensors import SensorId

from .._model.sensor import Sensor
from ..findings._rules import Fault, Rule
from .time import decode_lifetime, encode_lifetime


def decode_sensor(message: sensors_pb2.Sensor, found: list[Fault]) -> Sensor:
    """Return the sensor as far as it can be read."""
    if not message.id:
        found.append(Rule.ID_ZERO.at("id"))
    if not message.microgrid_id:
        found.append(Rule.OWNER_MISSING.at("microgrid_id"))
    lifetime = None
    if message.HasField("operational_lifetime"):
        lifetime = decode_lifetime(message, found)
    return Sensor(
        id=SensorId(message.id),
        microgrid_id=MicrogridId(message.microgrid_id),
        name=message.name or None,
        manufacturer=message.manufacturer or None,
        model_name=message.model_name or None,
        model=message.model or None,
        operational_lifetime=lifetime,
    )


def encode_sensor(sensor: Sensor) -> sensors_pb2.Sensor:
    """Return the message for a sensor."""
    message = sensors_pb2.Sensor(
        id=int(sensor.id),
        microgrid_id=int(sensor.microgrid_id),
        name=sensor.name or "",
        manufacturer=sensor.manufacturer or "",
        model_name=sensor.model_name or "",
        model=sensor.model or "",
    )
    if sensor.operational_lifetime is not None:
        message.operational_lifetime.CopyFrom(encode_lifetime(sensor.operational_lifetime))
    return message
