"""The names that EPCIS 2.0 gives its errors, for the problem details of ``/epcis``. Pure."""

from __future__ import annotations

from trace.errors import InvalidInput, Refusal

PREFIX = "/epcis"
_BY_STATUS = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchResourceException",
    406: "NotAcceptableException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
    422: "ValidationException",
    500: "ImplementationException",
    503: "ImplementationException",
}


def type_of(path: str, status: int, code: str) -> str:
    """The ``type`` of a problem: one of EPCIS below ``/epcis``, else the place where our own errors are told."""
    if path.startswith(PREFIX) and (code.endswith("Exception") or status in _BY_STATUS):
        return f"epcisException:{code if code.endswith('Exception') else _BY_STATUS[status]}"
    return f"/docs/errors#{code}"


class ValidationException(InvalidInput):
    """The document or event is not valid EPCIS 2.0."""

    status = 400
    code = "ValidationException"
    title = "内容不符合 EPCIS 2.0，请按提示修改"
    title_en = "Not valid EPCIS 2.0"


class QueryParameterException(InvalidInput):
    """A query parameter is unknown, doubled, contradictory or has no such value."""

    status = 400
    code = "QueryParameterException"
    title = "查询参数有误，请按提示修改"
    title_en = "A query parameter is wrong"


class QueryTooLargeException(Refusal):
    status = 413
    code = "QueryTooLargeException"
    title = "查询结果超过了 maxEventCount"
    title_en = "More events than maxEventCount"


class ResourceAlreadyExistsException(Refusal):
    status = 409
    code = "ResourceAlreadyExistsException"
    title = "事件已登记，没有重复写入"
    title_en = "This event is recorded already"


class CaptureLimitExceededException(Refusal):
    status = 413
    code = "CaptureLimitExceededException"
    title = "一次提交的内容过多"
    title_en = "Too much for one capture"


class NotAcceptableException(Refusal):
    status = 406
    code = "NotAcceptableException"
    title = "无法提供所要求的格式"
    title_en = "Not acceptable"


class UnsupportedMediaTypeException(Refusal):
    status = 415
    code = "UnsupportedMediaTypeException"
    title = "不支持的内容格式"
    title_en = "Unsupported media type"
