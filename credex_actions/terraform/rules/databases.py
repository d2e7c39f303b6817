"""Rules for databases, tables, streams and queues."""

from collections.abc import Mapping
from typing import Final

from credex_actions.terraform.rules.rule import WARN, Move, Rule, Watched, watched

_BACKUPS: Final = watched(
    "backup_retention_period",
    Move.LESSENS,
    lost="automated backups, sooner than before; with 0 all of them at once",
    instead="Take a manual snapshot first, which no retention deletes.",
)
_PROTECTION: Final = watched(
    "deletion_protection",
    Move.LEAVES,
    "true",
    lost="the protection against deletion",
    instead="Leave it true until the database is to be deleted.",
    severity=WARN,
)
_NOTES: Final = (("skip_final_snapshot", "true", "skip_final_snapshot is true: no last snapshot is taken"),)
_SNAPSHOT: Final = "Take a manual snapshot, restore it next to the old database, compare, and switch over."


def _database(holds: str, *more: Watched, instead: str = _SNAPSHOT) -> Rule:
    return Rule(holds, instead, watched=(_BACKUPS, _PROTECTION, *more), notes=_NOTES)


def _retention(path: str, lost: str) -> Watched:
    return watched(path, Move.LESSENS, lost=lost, instead="Let every consumer catch up first.")


DATABASES: Final[Mapping[str, Rule]] = {
    "aws_db_instance": _database("the databases on the instance, and its automated backups"),
    "aws_rds_cluster": _database("the databases in the cluster, and its automated backups"),
    "aws_rds_cluster_instance": Rule(
        "one instance of the cluster: its readers, or its writer until another one takes over", "Add the new instance first.", WARN
    ),
    "aws_rds_global_cluster": Rule(
        "the replication between the regions of the global cluster", "Promote or remove the secondary clusters first."
    ),
    "aws_db_snapshot": Rule("the snapshot, and every restore from it", "Copy the snapshot first."),
    "aws_db_snapshot_copy": Rule("the snapshot, and every restore from it", "Copy the snapshot first."),
    "aws_db_cluster_snapshot": Rule("the snapshot, and every restore from it", "Copy the snapshot first."),
    "aws_rds_cluster_snapshot_copy": Rule("the snapshot, and every restore from it", "Copy the snapshot first."),
    "aws_db_instance_automated_backups_replication": Rule("the automated backups in the other region", "Set up the new replication first."),
    "aws_docdb_cluster": _database("the databases in the cluster"),
    "aws_docdb_cluster_snapshot": Rule("the snapshot, and every restore from it", "Copy the snapshot first."),
    "aws_docdbelastic_cluster": _database("the databases in the cluster"),
    "aws_neptune_cluster": _database("the graph in the cluster"),
    "aws_neptune_cluster_snapshot": Rule("the snapshot, and every restore from it", "Copy the snapshot first."),
    "aws_neptunegraph_graph": _database("the graph"),
    "aws_redshift_cluster": Rule(
        "the databases in the cluster",
        _SNAPSHOT,
        watched=(_BACKUPS._replace(path=("automated_snapshot_retention_period",)),),
        notes=_NOTES,
    ),
    "aws_redshift_cluster_snapshot": Rule("the snapshot, and every restore from it", "Copy the snapshot first."),
    "aws_redshiftserverless_namespace": Rule("the databases in the namespace", _SNAPSHOT),
    "aws_redshiftserverless_snapshot": Rule("the snapshot, and every restore from it", "Copy the snapshot first."),
    "aws_dynamodb_table": Rule(
        "the items in the table",
        "Create an on-demand backup, restore it into the new table, and compare.",
        watched=(
            watched(
                "point_in_time_recovery.*.enabled",
                Move.LEAVES,
                "true",
                lost="continuous backups: no point in time can be restored any more",
                instead="Create an on-demand backup first.",
            ),
            watched(
                "ttl.*.enabled",
                Move.BECOMES,
                "true",
                lost="items whose time to live has passed",
                instead="Check what the attribute holds in existing items, and create an on-demand backup first.",
            ),
            watched(
                "ttl.*.attribute_name",
                Move.CHANGES,
                lost="items whose time to live has passed by the other attribute",
                instead="Check what the attribute holds in existing items, and create an on-demand backup first.",
            ),
            watched(
                "replica.*.region_name", Move.LEAVES, "*", lost="the replica of the table", instead="Create an on-demand backup first."
            ),
            _PROTECTION._replace(path=("deletion_protection_enabled",)),
        ),
    ),
    "aws_dynamodb_global_table": Rule("the items in the table's replicas", "Create on-demand backups first."),
    "aws_dynamodb_table_replica": Rule("the replica of the table", "Create an on-demand backup first."),
    "aws_dynamodb_table_item": Rule("the item", "Create an on-demand backup first."),
    "aws_keyspaces_keyspace": Rule("the tables in the keyspace", "Copy the tables first."),
    "aws_keyspaces_table": Rule("the rows in the table", "Restore the table to a point in time under another name first."),
    "aws_timestreamwrite_database": Rule("the tables in the database", "Export the tables first."),
    "aws_timestreamwrite_table": Rule("the records in the table", "Export the table first."),
    "aws_timestreaminfluxdb_db_instance": Rule("the buckets in the database", "Export the buckets first."),
    "aws_qldb_ledger": Rule("the journal of the ledger", "Export the journal first."),
    "aws_memorydb_cluster": Rule("the data in the cluster", "Create a snapshot, and the new cluster from it."),
    "aws_memorydb_snapshot": Rule("the snapshot", "Copy the snapshot first."),
    "aws_elasticache_cluster": Rule("the data in the cluster", "Create a snapshot first, or prove that it is a cache only."),
    "aws_elasticache_replication_group": Rule("the data in the cluster", "Create a snapshot first, or prove that it is a cache only."),
    "aws_elasticache_serverless_cache": Rule("the data in the cache", "Create a snapshot first, or prove that it is a cache only."),
    "aws_opensearch_domain": Rule("the indices in the domain", "Take a manual snapshot to S3, and restore it into the new domain."),
    "aws_elasticsearch_domain": Rule("the indices in the domain", "Take a manual snapshot to S3, and restore it into the new domain."),
    "aws_opensearchserverless_collection": Rule("the indices in the collection", "Copy the indices to the new collection first."),
    "aws_msk_cluster": Rule("the messages in the cluster's topics", "Replicate the topics to the new cluster, and let consumers catch up."),
    "aws_msk_serverless_cluster": Rule("the messages in the cluster's topics", "Replicate the topics to the new cluster first."),
    "aws_mq_broker": Rule("the messages in the broker's queues", "Drain the queues first."),
    "aws_kinesis_stream": Rule(
        "the records in the stream",
        "Let every consumer catch up, then switch the producers over.",
        watched=(_retention("retention_period", "records that no consumer has read, sooner than before"),),
    ),
    "aws_kinesis_firehose_delivery_stream": Rule("records that are not delivered yet", "Stop the producers, and let it deliver first."),
    "aws_kinesis_video_stream": Rule(
        "the recordings in the stream",
        "Export the recordings first.",
        watched=(_retention("data_retention_in_hours", "recordings, sooner than before"),),
    ),
    "aws_sqs_queue": Rule(
        "the messages in the queue",
        "Let the consumers drain the queue, then switch the producers over.",
        watched=(_retention("message_retention_seconds", "messages that no consumer has received, sooner than before"),),
    ),
    "aws_lightsail_instance": Rule("the data on its disk", "Create a snapshot first."),
    "aws_lightsail_disk": Rule("the data on the disk", "Create a snapshot first."),
    "aws_lightsail_database": Rule("the database", "Create a snapshot first."),
    "aws_lightsail_bucket": Rule("the objects in the bucket", "Copy the objects first."),
}
