"""The checks of databases."""

from typing import Final

from credex_actions.maintenance.catalogue.check import Check, Setting

CHECKS: Final = (
    Check(
        "backup-stale",
        "databases",
        "high",
        "Backups that are too old",
        "the newest good backup of a database is older than backup.maximum-age of neo4j.yml, or there is none",
    ),
    Check(
        "drill-stale",
        "databases",
        "medium",
        "Backups that nobody has restored on trial",
        "the newest successful drill of a database is older than backup.drill-every of neo4j.yml, or there was none",
    ),
    Check(
        "query-slow",
        "databases",
        "medium",
        "Slow queries",
        "a query that has been running for long (SHOW TRANSACTIONS), or that the query log has as slow again and again; literals and parameters are not shown",
        {
            "seconds": Setting(60, "seconds that a query may run until it is found", 1),
            "milliseconds": Setting(1000, "milliseconds from which on a query of the log is slow", 1),
            "times": Setting(3, "times that a slow query stands in the log until it is found", 1),
        },
    ),
    Check(
        "index-unused",
        "databases",
        "low",
        "Indexes that are not used",
        "an index that has not been read for as long as the DBMS has counted its reads, or one whose population has failed",
        {"days": Setting(30, "days for which reads have to have been counted")},
    ),
    Check(
        "store-growth",
        "databases",
        "medium",
        "Disks that fill up",
        "the disk of a database's data is full to a share, or will be full soon at the pace at which the backups have grown",
        {
            "percent": Setting(80, "percent of the disk from which on it is found", 1, 100),
            "days": Setting(60, "days until it is full from which on it is found"),
        },
    ),
    Check(
        "page-cache-low",
        "databases",
        "medium",
        "Page caches that are too small",
        "the hit ratio of the page cache is low (its metric over JMX, or the query log, both of Enterprise Edition); where neither tells, the page cache is smaller than the store",
        {"percent": Setting(98, "hit ratio in percent below which it is found", 1, 100)},
    ),
    Check(
        "version-behind",
        "databases",
        "low",
        "Databases that are behind",
        "a newer patch release of the series that a database runs, or a series that is no longer supported",
        {"patches": Setting(1, "patch releases behind from which on it is found", 1)},
    ),
    Check(
        "certificate-expiring",
        "databases",
        "high",
        "Certificates that expire",
        "the certificate that a database presents on Bolt (bolt+s, neo4j+s) has expired or will soon",
        {"days": Setting(30, "days until it expires from which on it is found")},
    ),
    Check(
        "memory-settings",
        "databases",
        "medium",
        "Memory settings that do not fit the machine",
        "heap and page cache leave the operating system too little, leave much of the machine unused, are not set explicitly, or lie in the range in which a larger heap holds less",
        {"percent": Setting(60, "percent of the memory that heap and page cache use at least", 0, 100)},
    ),
)
