"""Calibrations: what was learned from the population, numbered and immutable."""

from starlette.responses import Response

from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.operations import CalibrationList, CalibrationMade
from service.usecases.calibrate import calibrate, calibrations

area = Area("calibrations", "校准：分层的分位数", "calibrations: the quantiles behind personas")


@area.post(
    "/v1/calibrations",
    "立即校准 · Calibrate now",
    needs="calibrations:write",
    gives=CalibrationMade,
    refuses=(409,),
)
async def make_calibration(call: Call) -> Response:
    """按现在的全部用户重算分位数；应答时已经生效。Learn from all profiles as they are; in force when answered."""
    return answer(await calibrate(call.lantern, force=True))


@area.get("/v1/calibrations", "查看校准 · List calibrations", needs="calibrations:read", gives=CalibrationList)
async def list_calibrations(call: Call) -> Response:
    """全部校准，最新的在后；做出后不再改变。All calibrations, the newest last; immutable once made."""
    return answer(await calibrations(call.lantern))
