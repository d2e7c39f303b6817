"""verify-deployment as users run it: against the sandbox's load balancer, alarms and logs, and against addresses that misbehave."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import boto3
import pytest

from credex_actions.core.aws.clients import Clients
from credex_actions.core.clock import SystemClock
from credex_actions.ecs.verification.checks.log import LogMatches
from tests.integration import warm
from tests.integration.called import Ended
from tests.integration.deploying import Deploying
from tests.pages import Pages, on_loopback


class Page:
    """What the server answers from now on."""

    status = 200
    body = b'{"status": "OK", "count": 3, "items": [{"up": true}]}'
    headers: dict[str, str] = {}  # noqa: RUF012 - a test gives its page another one
    location = "http://other.example/"


@contextmanager
def serving(page: Page) -> Iterator[str]:
    class Shown(Pages):
        def reply(self) -> None:
            if self.path == "/maintenance":
                self.send_response(200)
                self.end_headers()
                return
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Location", page.location)
            self.end_headers()
            self.wfile.write(page.body)

    with on_loopback(Shown) as url:
        yield f"{url}/health"


def verify(folder: Path, *flags: str) -> Ended:
    words = ["verify-deployment", *flags, "--poll-seconds", "0.2", "--json"]
    environment = {"PATH": "/usr/bin:/bin", "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    done = warm.run(*words, cwd=folder, env=environment, timeout=60)
    assert "Traceback" not in done.stderr
    told = json.loads(done.stdout)
    summary = folder / "summary.md"
    return Ended(done.returncode, done.stdout, done.stderr, told, told.pop("report"), summary.read_text() if summary.exists() else "")


def test_healthy_after_good_looks_in_a_row(tmp_path: Path) -> None:
    with serving(Page()) as url:
        ended = verify(tmp_path, "--url", url, "--expect-json", "status=OK\ncount=3\nitems[0].up=true")
    assert (ended.code, ended.outputs["outcome"]) == (0, "healthy")
    assert "is healthy" in ended.summary


def report(ended: Ended) -> str:
    return ended.stderr


UNHEALTHY = {
    "another status": (503, b"", (), "answers 503 Service Unavailable, not 200"),
    "a redirect, which is an answer": (302, b"", (), "302"),
    "another value": (200, b'{"status": "DOWN"}', ("--expect-json", "status=OK"), "status is DOWN, not OK"),
    "a missing member": (200, b"{}", ("--expect-json", "status=OK"), "status does not exist"),
    "no JSON": (200, b"<html>", ("--expect-json", "status=OK"), "its response is not JSON"),
}


@pytest.mark.parametrize(("status", "body", "flags", "words"), UNHEALTHY.values(), ids=UNHEALTHY)
def test_never_healthy_says_what_was_seen(tmp_path: Path, status: int, body: bytes, flags: tuple[str, ...], words: str) -> None:
    page = Page()
    page.status, page.body = status, body
    with serving(page) as url:
        ended = verify(tmp_path, "--url", url, "--timeout-minutes", "0.01", *flags)
    assert (ended.code, ended.outputs["outcome"]) == (1, "unhealthy")
    assert "never became healthy" in ended.stderr
    assert words in ended.stderr


def test_a_redirect_is_followed_where_that_is_asked_for_and_shown(tmp_path: Path) -> None:
    page = Page()
    page.status, page.location = 302, "/maintenance"
    with serving(page) as url:
        refused = verify(tmp_path, "--url", url, "--timeout-minutes", "0.01")
        followed = verify(tmp_path, "--url", url, "--follow-redirects", "same-host")
    assert (refused.code, refused.outputs["outcome"]) == (1, "unhealthy")
    assert (
        f"answers 302 Found, not 200 (it redirects to {url.removesuffix('health')}maintenance, and follow-redirects is no)"
        in refused.stderr
    )
    assert (followed.code, followed.outputs["outcome"]) == (0, "healthy")
    assert f"after a redirect to {url.removesuffix('health')}maintenance" in followed.stderr
    assert "after a redirect to" in followed.summary


def test_what_a_cache_answers_is_no_judgement(tmp_path: Path) -> None:
    page = Page()
    page.headers = {"Age": "35", "X-Cache": "Hit from cloudfront"}
    with serving(page) as url:
        ended = verify(tmp_path, "--url", url, "--timeout-minutes", "0.01")
    assert (ended.code, ended.outputs["outcome"]) == (4, None)
    assert "a cache answers, not the service (Age: 35)" in ended.stderr


def test_a_body_that_ends_too_early_is_no_answer(tmp_path: Path) -> None:
    page = Page()
    page.headers = {"Content-Length": "1000"}
    with serving(page) as url:
        ended = verify(tmp_path, "--url", url, "--timeout-minutes", "0.01")
    assert ended.code == 1
    assert "closes the connection before it responds" in ended.stderr


def test_nothing_listens(tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        ended = verify(tmp_path, "--url", f"http://127.0.0.1:{bound.getsockname()[1]}/", "--timeout-minutes", "0.01")
    assert ended.code == 1
    assert "refuses connections: nothing listens" in ended.stderr


def test_unhealthy_while_watched_is_told_apart(tmp_path: Path) -> None:
    class Breaking(Page):
        looks = 0

        @property
        def status(self) -> int:  # type: ignore[override]
            self.looks += 1
            return 500 if self.looks > 5 else 200

    with serving(Breaking()) as url:
        ended = verify(tmp_path, "--url", url, "--watch-minutes", "1")
    assert (ended.code, ended.outputs["outcome"]) == (1, "unhealthy")
    assert "became unhealthy while it was watched" in ended.stderr


def test_one_bad_look_while_watched_is_forgiven(tmp_path: Path) -> None:
    class Stumbling(Page):
        looks = 0

        @property
        def status(self) -> int:  # type: ignore[override]
            self.looks += 1
            return 500 if self.looks == 5 else 200

    with serving(Stumbling()) as url:
        ended = verify(tmp_path, "--url", url, "--watch-minutes", "0.05")
    assert (ended.code, ended.outputs["outcome"]) == (0, "healthy")


def test_every_other_look_failing_while_watched_is_unhealthy(tmp_path: Path) -> None:
    class Flapping(Page):
        looks = 0

        @property
        def status(self) -> int:  # type: ignore[override]
            self.looks += 1
            return 500 if self.looks > 4 and self.looks % 2 else 200

    with serving(Flapping()) as url:
        ended = verify(tmp_path, "--url", url, "--watch-minutes", "0.1")
    assert (ended.code, ended.outputs["outcome"]) == (1, "unhealthy")


def test_what_speaks_bolt_answers_and_what_does_not_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(20)
                    connection.sendall(bytes.fromhex("00000405"))

        threading.Thread(target=answer, daemon=True).start()
        ended = verify(tmp_path, "--bolt-urls", f"bolt://127.0.0.1:{server.getsockname()[1]}")
        server.shutdown(socket.SHUT_RDWR)
    assert (ended.code, ended.outputs["outcome"]) == (0, "healthy")
    with serving(Page()) as url:
        ended = verify(tmp_path, "--bolt-urls", url.replace("http", "bolt").removesuffix("/health"), "--timeout-minutes", "0.01")
    assert ended.code == 1


BAD_INPUT = {
    "nothing to check": ((), "there is nothing to check"),
    "no address": (("--url", "example.com"), "does not begin with http://"),
    "another scheme": (("--url", "file:///etc/passwd"), "does not begin with http://"),
    "a password in the address": (("--url", "https://me:hunter2@example.com/"), "contains a user name or password"),
    "a pattern without a group": (("--url", "http://x", "--log-pattern", "ERROR"), "log-group"),
    "a way back without a service": (("--url", "http://x", "--rollback-to", "core:1"), "is set, but no service"),
    "settings to restore, and no revision": (("--url", "http://x", "--rollback-service-update", "{}"), "is set, but no rollback-to"),
    "settings that are none": (
        ("--url", "http://x", "--service", "core", "--rollback-to", "core:1", "--rollback-service-update", '{"desiredCount": 3}'),
        "rollback-service-update: $.desiredCount: desiredCount has an input of its own",
    ),
    "no good looks": (("--url", "http://x", "--successes", "0"), "anything would be healthy"),
    "an odd path": (("--url", "http://x", "--expect-json", "a[b=c"), "is not a path such as"),
}


@pytest.mark.parametrize(("flags", "words"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input(tmp_path: Path, flags: tuple[str, ...], words: str) -> None:
    ended = verify(tmp_path, *flags)
    assert ended.code == 2
    assert words in ended.stderr
    assert "hunter2" not in ended.stderr + ended.stdout + ended.summary


def test_interrupted(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "credex_actions", "verify-deployment", "--url", "http://127.0.0.1:9/"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stderr
        assert "not healthy yet" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=10)
    assert process.returncode == 143
    assert "cancelled: SIGTERM was received" in stderr


def check(deploying: Deploying, *flags: str) -> Ended:
    place = deploying.place
    given = ["--service", place.service, "--cluster", place.cluster, "--poll-seconds", "0.2", *flags]
    done = warm.run("verify-deployment", *given, "--json", cwd=deploying.folder, env=deploying.environment, timeout=100)
    assert "Traceback" not in done.stderr, done.stderr
    told = json.loads(done.stdout)
    return Ended(done.returncode, done.stdout, done.stderr, told, told.pop("report"), "")


def test_a_service_that_serves_is_healthy(deploying: Deploying) -> None:
    ended = check(deploying, "--url", f"{deploying.place.url}/health", "--expect-json", "status=OK")
    assert (ended.code, ended.outputs["outcome"]) == (0, "healthy")


def test_what_the_load_balancer_answers_by_itself_is_not_the_service(deploying: Deploying) -> None:
    balancing = deploying.sandbox.client("elbv2")
    rule = {
        "ListenerArn": deploying.place.listener_arn,
        "Priority": 1,
        "Conditions": [{"Field": "path-pattern", "Values": ["/health"]}],
    }
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "OK", "ContentType": "text/plain"}}
    made = balancing.create_rule(**rule, Actions=[fixed])["Rules"][0]["RuleArn"]
    ended = check(deploying, "--url", f"{deploying.place.url}/health", "--timeout-minutes", "0.01")
    assert ended.code == 1
    assert "the load balancer itself answers (Server: awselb/2.0)" in ended.stderr
    balancing.modify_rule(RuleArn=made, Actions=[{"Type": "redirect", "RedirectConfig": {"Path": "/elsewhere", "StatusCode": "HTTP_302"}}])
    ended = check(deploying, "--url", f"{deploying.place.url}/health", "--timeout-minutes", "0.01")
    assert ended.code == 1
    assert f"it redirects to {deploying.place.url}/elsewhere" in ended.stderr


def test_what_becomes_unhealthy_is_put_back(deploying: Deploying) -> None:
    deployed = deploying.deploy("unhealthy-after-2s", "--wait-for-minutes", "1")
    former = deployed.outputs["former-task-definition-arn"]
    flags = ["--url", f"{deploying.place.url}/health", "--watch-minutes", "1", "--successes", "1", "--rollback-to", former]
    ended = check(deploying, *flags)
    assert (ended.code, ended.outputs["outcome"]) == (1, "rolled-back")
    assert "rolled back to credex-core:1, which serves" in ended.stderr
    assert deploying.serving()["taskDefinition"] == former


SETTINGS = '{"healthCheckGracePeriodSeconds": 77, "deploymentConfiguration": {"maximumPercent": 300}}'


def test_what_service_update_changed_goes_back_with_the_revision(deploying: Deploying) -> None:
    before = deploying.serving()
    deployed = deploying.deploy("unhealthy-after-2s", "--wait-for-minutes", "1", "--service-update", SETTINGS)
    former, settings = deployed.outputs["former-task-definition-arn"], deployed.outputs["former-service-update"]
    assert settings
    assert deploying.serving()["healthCheckGracePeriodSeconds"] == 77
    flags = ["--url", f"{deploying.place.url}/health", "--watch-minutes", "1", "--successes", "1"]
    ended = check(deploying, *flags, "--rollback-to", former, "--rollback-service-update", settings)
    assert (ended.code, ended.outputs["outcome"]) == (1, "rolled-back")
    after = deploying.serving()
    for member in ("taskDefinition", "deploymentConfiguration", "healthCheckGracePeriodSeconds"):
        assert after.get(member) == before.get(member)


def test_settings_alone_go_back_too(deploying: Deploying) -> None:
    deploying.deploy("next")
    before = deploying.serving()
    deployed = deploying.deploy("next", "--service-update", SETTINGS)
    former, settings = deployed.outputs["former-task-definition-arn"], deployed.outputs["former-service-update"]
    assert former == deployed.outputs["task-definition-arn"]
    page = Page()
    page.status = 500
    with serving(page) as url:
        flags = ["--url", url, "--timeout-minutes", "0.01", "--rollback-to", former, "--rollback-service-update", settings]
        ended = check(deploying, *flags)
        assert (ended.code, ended.outputs["outcome"]) == (1, "rolled-back")
        assert deploying.serving()["deploymentConfiguration"] == before["deploymentConfiguration"]
        again = check(deploying, *flags)
    assert (again.code, again.outputs["outcome"]) == (1, "unhealthy")
    assert "already serves" in again.stderr


def test_the_deployment_of_somebody_else_is_not_undone(deploying: Deploying) -> None:
    place = deploying.place
    page = Page()
    watched = threading.Event()

    class Watched(Page):
        looks = 0

        @property
        def status(self) -> int:  # type: ignore[override]
            self.looks += 1
            if self.looks > 4:
                watched.set()
            return page.status

    with serving(Watched()) as url:

        def release() -> None:
            watched.wait(60)
            arn = deploying.sandbox.client("ecs").register_task_definition(**place.definition(deploying.image("other")))["taskDefinition"][
                "taskDefinitionArn"
            ]
            deploying.sandbox.client("ecs").update_service(cluster=place.cluster, service=place.service, taskDefinition=arn)
            page.status = 500

        former = deploying.deploy("next").outputs["former-task-definition-arn"]
        releasing = threading.Thread(target=release)
        releasing.start()
        ended = check(deploying, "--url", url, "--watch-minutes", "1", "--rollback-to", former)
        releasing.join()
    assert (ended.code, ended.outputs["outcome"]) == (1, "unhealthy")
    assert "by another deployment" in ended.stderr
    assert deploying.serving()["taskDefinition"].endswith(":3")


def make_alarm(deploying: Deploying, name: str) -> None:
    deploying.sandbox.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        MetricName="m",
        Namespace="n",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Statistic="Sum",
    )


def test_an_alarm_makes_it_unhealthy(deploying: Deploying) -> None:
    watch = deploying.sandbox.client("cloudwatch")
    make_alarm(deploying, "core-errors")
    watch.set_alarm_state(AlarmName="core-errors", StateValue="OK", StateReason="fine")
    quiet = check(deploying, "--alarms", "core-")
    assert quiet.code == 0
    assert "warning: alarms: core-errors evaluates up to 1 min, and the deployment was watched for 0" in quiet.stderr
    watch.set_alarm_state(AlarmName="core-errors", StateValue="ALARM", StateReason="errors")
    ended = check(deploying, "--alarms", "core-", "--timeout-minutes", "0.01")
    assert ended.code == 1
    assert "core-errors is in ALARM" in ended.stderr


def test_an_alarm_without_data_passes_with_a_warning_that_names_it(deploying: Deploying) -> None:
    make_alarm(deploying, "core-errors")
    deploying.sandbox.client("cloudwatch").set_alarm_state(AlarmName="core-errors", StateValue="INSUFFICIENT_DATA", StateReason="new")
    ended = check(deploying, "--alarms", "core-")
    assert (ended.code, ended.outputs["outcome"]) == (0, "healthy")
    assert "warning: alarms: core-errors in INSUFFICIENT_DATA: neither ALARM nor OK" in ended.stderr
    assert any("core-errors in INSUFFICIENT_DATA" in note for note in ended.report["notes"])


def test_an_alarm_that_comes_while_it_is_watched_counts_where_its_beginning_was_given(deploying: Deploying) -> None:
    make_alarm(deploying, "core-errors")
    page, looks = Page(), []

    class Counting(Page):
        @property
        def status(self) -> int:  # type: ignore[override]
            looks.append(page)
            if len(looks) == 5:
                make_alarm(deploying, "core-latency")
                deploying.sandbox.client("cloudwatch").set_alarm_state(AlarmName="core-latency", StateValue="ALARM", StateReason="slow")
            return 200

    with serving(Counting()) as url:
        ended = check(deploying, "--url", url, "--alarms", "core-", "--watch-minutes", "2")
    assert (ended.code, ended.outputs["outcome"]) == (1, "unhealthy")
    assert "core-latency is in ALARM (slow)" in ended.stderr


def test_an_alarm_that_does_not_exist_is_bad_input(deploying: Deploying) -> None:
    ended = check(deploying, "--alarms", "typo")
    assert ended.code == 2
    assert "no alarm has, or begins with, the name typo" in ended.stderr


def test_lines_in_the_log_are_counted(deploying: Deploying) -> None:
    logs = deploying.sandbox.client("logs")
    group = deploying.place.log_group
    logs.create_log_stream(logGroupName=group, logStreamName="test")
    later = int((datetime.now(UTC).timestamp() + 60) * 1000)
    logs.put_log_events(
        logGroupName=group,
        logStreamName="test",
        logEvents=[{"timestamp": later, "message": "ERROR one"}, {"timestamp": later, "message": "ERROR two"}],
    )
    flags = ["--log-group", group, "--log-pattern", "ERROR", "--timeout-minutes", "0.01", "--successes", "1"]
    assert check(deploying, *flags, "--max-log-matches", "2").code == 0
    ended = check(deploying, *flags, "--max-log-matches", "1")
    assert ended.code == 1
    assert "2 matching lines, 1 allowed" in ended.stderr
    assert check(deploying, "--log-group", "/typo", "--log-pattern", "x").code == 2


def test_a_pattern_that_cloudwatch_refuses_is_bad_input(deploying: Deploying) -> None:
    flags = ["--log-group", deploying.place.log_group, "--timeout-minutes", "0.01", "--successes", "1"]
    ended = check(deploying, *flags, "--log-pattern", "[bad")
    assert ended.code == 2
    assert "log-pattern: CloudWatch Logs does not accept it: Invalid filter pattern" in ended.stderr
    assert "nothing was changed" in ended.stderr
    assert check(deploying, *flags, "--log-pattern", "?ERROR ?FATAL").code == 0


def test_a_log_of_many_pages_is_read_to_its_end_by_look_after_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """FilterLogEvents answers page after page while it scans; the matching line is on the 25th, further than one look reads."""
    with scanning(pages=25) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", url)
        session = boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="x", region_name="eu-west-1")
        matches = LogMatches(Clients(session=session), SystemClock(), "/ecs/core", "ERROR", 0)
        assert [matches.check().state for _ in range(2)] == ["unknown", "bad"]


@contextmanager
def scanning(pages: int) -> Iterator[str]:
    """CloudWatch Logs, of which every page but the last is empty and names the next."""

    class Scanned(Pages):
        def reply(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            page = int(asked.get("nextToken", "1"))
            line = {"eventId": "1", "message": "ERROR at last", "timestamp": 1, "ingestionTime": 1, "logStreamName": "s"}
            answer = {"events": [], "nextToken": str(page + 1)} if page < pages else {"events": [line]}
            self.answer(200, json.dumps(answer).encode(), "application/x-amz-json-1.1")

    with on_loopback(Scanned) as url:
        yield url


def test_another_revision_than_the_one_that_has_to_serve_is_no_health(deploying: Deploying) -> None:
    path = deploying.write(deploying.image("next"))
    registered = deploying.call("--task-definition", str(path)).outputs["task-definition-arn"]
    ended = check(deploying, "--task-definition-arn", registered, "--timeout-minutes", "0.02")
    assert (ended.code, ended.outputs["outcome"]) == (1, "unhealthy")
    assert "credex-core:1 still serves, not credex-core:2" in ended.stderr


def test_the_former_tasks_answers_do_not_count_for_the_revision_that_is_on_its_way(deploying: Deploying) -> None:
    started = deploying.deploy("slow-start-10s", "--no-wait-for-service-stability")
    assert started.outputs["outcome"] == "started"
    url = f"{deploying.place.url}/health"
    ended = check(deploying, "--url", url, "--task-definition-arn", "credex-core:2", "--successes", "2")
    assert (ended.code, ended.outputs["outcome"]) == (0, "healthy")
    looks = {each["check"]: each for each in ended.report["checks"]}
    assert looks["url"]["good"] > looks["service"]["good"]  # the previous tasks answered well all the time
    with urlopen(url) as page:
        assert json.load(page)["revision"] == "credex-core:2"


def test_a_revision_needs_a_service(tmp_path: Path) -> None:
    ended = verify(tmp_path, "--url", "http://x", "--task-definition-arn", "core:7")
    assert ended.code == 2
    assert "task-definition-arn: is set, but no service" in ended.stderr
    ended = verify(tmp_path, "--url", "http://x", "--service", "s", "--task-definition-arn", "core")
    assert "task-definition-arn: 'core' is not a revision" in ended.stderr
