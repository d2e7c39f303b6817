"""Log groups and alarms."""

from typing import Any

from credex_actions.sandbox.neglect.place import Place
from credex_actions.sandbox.neglect.serving import DEPLOYMENT_ALARM


def seed(place: Place) -> None:
    _log_groups(place)
    _alarms(place)


def _log_group(place: Place, name: str, age: float, retention: int | None = None, *, written: bool = True) -> str:
    logs = place.client("logs")
    logs.create_log_group(logGroupName=name, tags={"Owner": "platform"})
    if retention:
        logs.put_retention_policy(logGroupName=name, retentionInDays=retention)
    if written:
        logs.create_log_stream(logGroupName=name, logStreamName="main")
        event = {"timestamp": int(place.now.timestamp() * 1000), "message": "GET /health 200"}
        logs.put_log_events(logGroupName=name, logStreamName="main", logEvents=[event])
    place.records("logs").groups[name].creation_time = place.ago(age)
    return place.arn("logs", f"log-group:{name}")


def _log_groups(place: Place) -> None:
    place.expect("log-group-without-retention", _log_group(place, "/app/access", age=300))
    place.expect("log-group-without-retention", _log_group(place, "/app/for-ten-years", age=300, retention=3653))
    _log_group(place, "/app/kept-for-a-month", age=300, retention=30)
    _log_group(place, "/app/made-today", age=0.2)
    place.expect("log-group-empty", _log_group(place, "/app/dropped", age=300, written=False))
    _log_group(place, "/app/planned", age=5, retention=30, written=False)


def _alarm(place: Place, name: str, **given: Any) -> str:
    usual: dict[str, Any] = {
        "Namespace": "App",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [place.arn("sns", "on-call")],
    }
    place.client("cloudwatch").put_metric_alarm(AlarmName=name, **(usual | given))
    return place.arn("cloudwatch", f"alarm:{name}")


def _state(place: Place, name: str, state: str, age: float) -> None:
    place.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="seeded")
    place.records("cloudwatch").alarms[name].state_updated_timestamp = place.ago(age)


def _alarms(place: Place) -> None:
    place.expect("alarm-insufficient-data", _alarm(place, "renamed-metric"))
    _state(place, "renamed-metric", "INSUFFICIENT_DATA", 30)
    _alarm(place, "new-metric")
    _state(place, "new-metric", "INSUFFICIENT_DATA", 0.5)
    _alarm(place, "silenced", ActionsEnabled=False, AlarmActions=[])
    _state(place, "silenced", "INSUFFICIENT_DATA", 30)
    place.expect("alarm-without-action", _alarm(place, "nobody-hears", AlarmActions=[]))
    _alarm(place, DEPLOYMENT_ALARM, AlarmActions=[])
    instance = {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization"}
    gone = _alarm(place, "of-a-dead-instance", **instance, Dimensions=[{"Name": "InstanceId", "Value": "i-0dead0dead0dead00"}])
    place.expect("alarm-dangling", gone)
    _state(place, "of-a-dead-instance", "INSUFFICIENT_DATA", 60)
    place.expect("alarm-dangling", _alarm(place, "to-a-dead-topic", AlarmActions=[place.arn("sns", "deleted")]))
    service = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization"}
    for name, of, expected in (("of-a-service", "worker", False), ("of-a-dead-service", "gone", True)):
        dimensions = [{"Name": "ClusterName", "Value": "old-cluster"}, {"Name": "ServiceName", "Value": of}]
        alarm = _alarm(place, name, **service, Dimensions=dimensions)
        if expected:
            place.expect("alarm-dangling", alarm)
