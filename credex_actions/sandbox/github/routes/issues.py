"""Issues, their comments and labels; pull requests are issues too."""

from credex_actions.sandbox.github import issue_documents
from credex_actions.sandbox.github.records import Comment, Issue, issues
from credex_actions.sandbox.github.routing import Answer, Call, Refusal, route
from credex_actions.sandbox.github.state import now


def _issue(call: Call, number: int) -> Issue:
    for each in issues(call.repository):
        if each.number == number:
            return each
    raise Refusal(404, "Not Found")


@route("GET", "/repos/<owner>/<name>/issues", "issues:read")
def list_issues(call: Call) -> Answer:
    wanted = call.request.args
    labels = {label for label in wanted.get("labels", "").split(",") if label}
    found = [
        each
        for each in reversed(issues(call.repository))
        if wanted.get("state", "open") in ("all", each.state)
        and labels <= set(each.labels)
        and wanted.get("creator", each.user) == each.user
    ]
    page, _, links = call.page_of(found)
    return Answer([issue_documents.issue(call, each) for each in page], headers=links)


@route("POST", "/repos/<owner>/<name>/issues", "issues:write")
def create_issue(call: Call) -> Answer:
    given = call.body()
    if not given.get("title"):
        raise Refusal(422, "Validation Failed", errors=[{"resource": "Issue", "field": "title", "code": "missing_field"}])
    assert call.token
    record = Issue(call.hub.id(), len(issues(call.repository)) + 1, given["title"], given.get("body") or "", call.token.actor)
    record.labels = issue_documents.names_of(given.get("labels") or [])
    issues(call.repository).append(record)
    return Answer(issue_documents.issue(call, record), 201)


@route("GET", "/repos/<owner>/<name>/issues/<int:number>", "issues:read")
def get_issue(call: Call, number: int) -> Answer:
    return Answer(issue_documents.issue(call, _issue(call, number)))


@route("PATCH", "/repos/<owner>/<name>/issues/<int:number>", "issues:write")
def update_issue(call: Call, number: int) -> Answer:
    record, given = _issue(call, number), call.body()
    issue_documents.check_state(given)
    for name in ("title", "body", "state"):
        if name in given:
            setattr(record, name, given[name] or "")
    if "labels" in given:
        record.labels = issue_documents.names_of(given["labels"] or [])
    record.closed = now() if record.state == "closed" else None
    record.updated = now()
    return Answer(issue_documents.issue(call, record))


@route("GET", "/repos/<owner>/<name>/issues/<int:number>/comments", "issues:read or pull_requests:read")
def list_comments(call: Call, number: int) -> Answer:
    record = _issue(call, number)
    page, _, links = call.page_of(record.comments)
    return Answer([issue_documents.comment(call, record, each) for each in page], headers=links)


@route("POST", "/repos/<owner>/<name>/issues/<int:number>/comments", "issues:write or pull_requests:write")
def create_comment(call: Call, number: int) -> Answer:
    record = _issue(call, number)
    assert call.token
    each = Comment(call.hub.id(), call.token.actor, str(call.body().get("body", "")))
    record.comments.append(each)
    return Answer(issue_documents.comment(call, record, each), 201)


@route("PATCH", "/repos/<owner>/<name>/issues/comments/<int:comment>", "issues:write or pull_requests:write")
def update_comment(call: Call, comment: int) -> Answer:
    for record in issues(call.repository):
        for each in record.comments:
            if each.id == comment:
                each.body = str(call.body().get("body", ""))
                return Answer(issue_documents.comment(call, record, each))
    raise Refusal(404, "Not Found")


@route("DELETE", "/repos/<owner>/<name>/issues/comments/<int:comment>", "issues:write or pull_requests:write")
def delete_comment(call: Call, comment: int) -> Answer:
    for record in issues(call.repository):
        for each in record.comments:
            if each.id == comment:
                record.comments.remove(each)
                return Answer(None, 204)
    raise Refusal(404, "Not Found")


@route("POST", "/repos/<owner>/<name>/issues/<int:number>/labels", "issues:write")
def add_labels(call: Call, number: int) -> Answer:
    record = _issue(call, number)
    record.labels += [label for label in issue_documents.names_of(call.body().get("labels", [])) if label not in record.labels]
    return Answer([issue_documents.label(call, each) for each in record.labels])
