"""What every action that works on databases on EC2 is allowed: to find one, to sign in to it, and to reach it."""

from typing import Final

from credex_actions.generation.iam.grant import Grant

INSTANCES: Final = ("arn:aws:ec2:*:*:instance/*",)
OF_DATABASES: Final = {"StringEquals": {"ssm:resourceTag/TAG": "VALUE"}}
"""SSM's own key: a global one in a policy of SendCommand has to be allowed a second time, for AWS's own services. Source: Systems Manager user guide, "Setting up Run Command"."""
DOCUMENTED: Final = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}
"""Without it a session that names no document is a shell, whatever documents are allowed. Source: Systems Manager user guide, "Enforce a session document permission check"."""
SCRIPT: Final = "arn:aws:ssm:REGION::document/AWS-RunShellScript"
FORWARDING: Final = "arn:aws:ssm:REGION::document/AWS-StartPortForwardingSession"

FIND: Final = Grant("Find", ("ec2:DescribeInstances", "ec2:DescribeVolumes"))
LOGIN: Final = (
    Grant(
        "LoginSecret",
        ("secretsmanager:GetSecretValue", "secretsmanager:ListSecretVersionIds"),
        "`login.secret`; ListSecretVersionIds for a restored copy",
        ("arn:aws:secretsmanager:REGION:ACCOUNT:secret:SECRET-*",),
    ),
    Grant(
        "LoginParameters",
        ("ssm:GetParameter", "ssm:GetParameterHistory"),
        "`login.user-parameter`, `url-parameter`; GetParameterHistory for a restored copy",
        ("arn:aws:ssm:REGION:ACCOUNT:parameter/PARAMETER",),
    ),
    Grant(
        "LoginKey",
        ("kms:Decrypt",),
        "a login under a KMS key of your own",
        ("arn:aws:kms:REGION:ACCOUNT:key/KEY",),
        unseen={"kms:Decrypt": "Secrets Manager and SSM ask for it on the caller's behalf"},
    ),
)
COMMANDS: Final = (
    Grant(
        "Commands",
        ("ssm:CancelCommand", "ssm:GetCommandInvocation", "ssm:ListCommands"),
        "commands on an instance: `connect.via: instance`, and what is done there",
    ),
    Grant("Script", ("ssm:SendCommand",), "as above; anything else than a shell script is not sent", (SCRIPT,)),
    Grant("CommandDatabases", ("ssm:SendCommand",), "as above: **root on the instances of the databases**", INSTANCES, OF_DATABASES),
)
TUNNEL: Final = (
    Grant("Sessions", ("ssm:DescribeSessions", "ssm:TerminateSession"), "`connect.via: ssm-tunnel`"),
    Grant("Forward", ("ssm:StartSession",), "`connect.via: ssm-tunnel`; a shell is not opened", (FORWARDING,)),
    Grant("TunnelDatabases", ("ssm:StartSession",), "`connect.via: ssm-tunnel`", INSTANCES, {**OF_DATABASES, **DOCUMENTED}),
)
REACHING: Final = (FIND, *LOGIN, *COMMANDS, *TUNNEL)
