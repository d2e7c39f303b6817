"""What passes as an answer of AWS, and what does not."""

import botocore.exceptions
import botocore.parsers
import botocore.session
import pytest

from credex_actions.core.aws.clients import explain, is_passing, one_write
from credex_actions.core.faults import Exit
from credex_actions.core.foreign_answers import ForeignAnswerError, foreign, unreadable
from credex_actions.core.loop import Lost

PAGE = b"<!DOCTYPE html>\n<html><head><title> Back in\n a minute </title></head></html>"
EMPTY, SHAPE, PAGE_SAYS = "an empty body", "JSON of an unexpected shape: ", "a web page ('Back in a minute')"

ANSWERS: dict[str, tuple[str, str, bytes, str]] = {
    "JSON": ("ecs", "DescribeServices", b'{"services": [], "failures": []}', ""),
    "JSON with null": ("ecs", "DescribeServices", b'{"services": null, "failures": [{"reason": "MISSING"}]}', ""),
    "JSON with what is newer than the model": ("ecs", "DescribeServices", b'{"services": [{"serviceName": "a", "new": [1]}]}', ""),
    "no members where the model has none": ("ssm", "DeleteParameter", b"{}", ""),
    "no body where the model has none": ("logs", "CreateLogGroup", b"", ""),
    "a query's XML": ("iam", "GetRole", b'<GetRoleResponse xmlns="x"><GetRoleResult/></GetRoleResponse>', ""),
    "EC2's XML": ("ec2", "DescribeVpcs", b'<?xml version="1.0"?>\n<DescribeVpcsResponse/>', ""),
    "REST JSON": ("scheduler", "GetSchedule", b'{"Name": "nightly"}', ""),
    "S3's headers": ("s3", "HeadObject", b"", ""),
    "a page instead of JSON": ("ecs", "DescribeServices", PAGE, PAGE_SAYS),
    "a page instead of XML": ("iam", "GetRole", PAGE, PAGE_SAYS),
    "a page instead of nothing": ("logs", "CreateLogGroup", PAGE, PAGE_SAYS),
    "a page for S3": ("s3", "HeadObject", PAGE, PAGE_SAYS),
    "nothing": ("ecs", "ListTasks", b"", EMPTY),
    "nothing but a line end": ("ecs", "ListTasks", b"\n", EMPTY),
    "nothing for a query": ("iam", "DeleteAccessKey", b"", EMPTY),
    "an empty object": ("ecs", "RunTask", b"{}", f"{SHAPE}{{}}"),
    "another object": ("ecs", "RunTask", b'{"status": "ok"}', f'{SHAPE}{{"status": "ok"}}'),
    "a member of another kind": ("ecs", "DescribeServices", b'{"services": "all"}', f'{SHAPE}{{"services": "all"}}'),
    "a member of another kind below": ("ecs", "DescribeTasks", b'{"tasks": [["a"]]}', f'{SHAPE}{{"tasks": [["a"]]}}'),
    "an object instead of a text": ("ecs", "ListTasks", b'{"taskArns": [{}]}', f'{SHAPE}{{"taskArns": [{{}}]}}'),
    "an array": ("ecs", "ListTasks", b"[]", "JSON that is not an object: []"),
    "other XML": ("iam", "GetRole", b"<status>ok</status>", "a document of another type: <status>ok</status>"),
    "XML instead of JSON": ("ecs", "ListTasks", b"<a/>", "a document of another type: <a/>"),
}


@pytest.mark.parametrize(("service", "operation", "body", "what"), ANSWERS.values(), ids=ANSWERS)
def test_what_is_not_the_services_is_named(service: str, operation: str, body: bytes, what: str) -> None:
    model = botocore.session.get_session().get_service_model(service).operation_model(operation)
    assert foreign(model, 200, "", body) == what


def test_an_error_is_the_services_unless_it_is_a_page() -> None:
    model = botocore.session.get_session().get_service_model("ecs").operation_model("ListTasks")
    assert foreign(model, 400, "application/json", b'{"__type": "ClientException"}') == ""
    assert foreign(model, 403, "text/html", b"blocked") == "a web page"


@pytest.mark.parametrize(
    ("service", "operation", "status", "body", "what"),
    [
        ("ec2", "DescribeSnapshots", 500, b"Internal error", "a document of another type: Internal error"),
        ("iam", "GetRole", 404, b"not here", "a document of another type: not here"),
        ("ec2", "DescribeVpcs", 200, b"<DescribeVpcsResponse><a>", "a document of another type: <DescribeVpcsResponse><a>"),
        ("s3", "ListObjectsV2", 200, b"<ListBucketResult><a>", "a document of another type: <ListBucketResult><a>"),
        ("ec2", "DescribeVpcs", 503, b"<html><b>Service Unavailable</b></html>", ""),
        ("ec2", "DescribeVpcs", 500, b"", ""),
        ("ec2", "DescribeVpcs", 400, b"<Response><Errors><Error><Code>A</Code></Error></Errors></Response>", ""),
        ("s3", "ListObjectsV2", 404, b"not here", ""),
        ("s3", "GetBucketPolicy", 200, b'{"Version": "2012-10-17"}', ""),
        ("ecs", "ListTasks", 500, b"Internal error", ""),
    ],
)
def test_what_botocore_cannot_parse_is_named_before_it_tries(service: str, operation: str, status: int, body: bytes, what: str) -> None:
    session = botocore.session.get_session()
    model = session.get_service_model(service).operation_model(operation)
    assert unreadable(model, status, body) == what
    parser = botocore.parsers.create_parser(model.service_model.resolved_protocol)
    answer, shape = {"status_code": status, "headers": {}, "body": body}, model.output_shape
    assert shape is not None
    if what:
        with pytest.raises(botocore.parsers.ResponseParserError):
            parser.parse(answer, shape)
    else:
        parser.parse(answer, shape)


ERRORS = (ForeignAnswerError(operation="DescribeServices", what=EMPTY), botocore.parsers.ResponseParserError("no XML"))


@pytest.mark.parametrize("error", ERRORS)
def test_nobody_has_looked_and_nothing_is_known_of_a_write(error: botocore.exceptions.BotoCoreError) -> None:
    assert is_passing(error)
    assert explain(error).code == Exit.REMOTE
    assert "HTTPS_PROXY" in explain(error).faults[0].hint
    with pytest.raises(Lost), one_write():
        raise error


def test_what_cannot_be_sent_is_not_waited_for_and_not_looked_for() -> None:
    """A token of two lines; told of the network, it would be sent again for two minutes."""
    error = botocore.exceptions.HTTPClientError(error="Invalid header value b'canary\\ntoken'")
    assert not is_passing(error)
    assert explain(error).code == Exit.BAD_INPUT
    assert "canary" not in str(explain(error))
    with pytest.raises(botocore.exceptions.HTTPClientError), one_write():
        raise error
