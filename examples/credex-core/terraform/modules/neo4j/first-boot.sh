#!/bin/bash
# Runs on the first boot of an image that has Neo4j 5, the AWS CLI and the CloudWatch agent, behind the lines that say which volume it is and where the password
# is (main.tf). Nothing is printed that is secret.
set -euo pipefail

: "${NEO4J_INITIAL_PASSWORD_PARAMETER:?}" "${NEO4J_DATA_DEVICE:?}" "${DATA_VOLUME:?}" "${LOG_GROUP:?}"
DATA=/var/lib/neo4j/data

# The volume is attached once the instance runs. Nitro instances show it by its id without the hyphen, older ones by the name of the device.
device=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${DATA_VOLUME/-/}
for _ in $(seq 300); do
  [[ -e $device ]] || ! [[ -e $NEO4J_DATA_DEVICE ]] || device=$NEO4J_DATA_DEVICE
  [[ -e $device ]] && break
  sleep 2
done
[[ -e $device ]] || { echo "volume $DATA_VOLUME was not attached within ten minutes" >&2; exit 1; }

systemctl stop neo4j || true

# Formatted only if it is blank: no signature that any tool knows, and nothing but zeros where one would be.
if ! blkid -p "$device" >/dev/null && [[ -z $(wipefs --noheadings "$device") ]] &&
  head -c 16M "$device" | cmp -s -n 16777216 - /dev/zero; then
  mkfs.xfs -L neo4j-data "$device"
fi
mkdir -p "$DATA"
printf 'UUID=%s %s xfs defaults,nofail,noatime 0 2\n' "$(blkid -s UUID -o value "$device")" "$DATA" >>/etc/fstab
mount "$DATA"
mountpoint -q "$DATA" # else the database would start on the root volume, empty
chown neo4j:neo4j "$DATA"
mkdir -p /etc/systemd/system/neo4j.service.d # nor after any later boot
printf '[Unit]\nRequiresMountsFor=%s\n' "$DATA" >/etc/systemd/system/neo4j.service.d/data.conf
systemctl daemon-reload

# Only a store that was never started has no password. It is read by the instance profile, and goes to neo4j-admin in a file of memory, not in an argument.
if [[ ! -e $DATA/dbms/auth.ini && ! -d $DATA/databases/system ]]; then
  password=$(mktemp -p /run)
  trap 'rm -f "$password"' EXIT
  for _ in $(seq 30); do # a new role takes its time to work everywhere
    aws ssm get-parameter --with-decryption --name "$NEO4J_INITIAL_PASSWORD_PARAMETER" --query Parameter.Value --output text >"$password" && break
    sleep 10
  done
  [[ -s $password ]] || { echo "$NEO4J_INITIAL_PASSWORD_PARAMETER cannot be read" >&2; exit 1; }
  chown neo4j "$password"
  runuser -u neo4j -- neo4j-admin dbms set-initial-password "@$password" >/dev/null
  rm -f "$password"
fi

# The page cache is measured by Enterprise Edition only; Community Edition would not start with these settings.
if compgen -G '/usr/share/neo4j/lib/neo4j-metrics-*.jar' >/dev/null; then
  cat >>/etc/neo4j/neo4j.conf <<'CONF'
server.metrics.enabled=true
server.metrics.filter=*page_cache.hit_ratio
server.metrics.prometheus.enabled=true
server.metrics.prometheus.endpoint=127.0.0.1:2004
CONF
  cat >/usr/local/bin/page-cache-to-cloudwatch <<'SCRIPT'
#!/bin/bash
set -euo pipefail
curl -fsS --max-time 10 http://127.0.0.1:2004/metrics |
  awk '/^[a-z_]*page_cache_hit_ratio[ {]/ { printf "page_cache_hit_percent:%f|g\n", $NF * 100; exit }' >/dev/udp/127.0.0.1/8125
SCRIPT
  chmod 755 /usr/local/bin/page-cache-to-cloudwatch
  printf '* * * * * root /usr/local/bin/page-cache-to-cloudwatch >/dev/null 2>&1\n' >/etc/cron.d/page-cache
fi

cat >/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json <<JSON
{
  "metrics": {
    "namespace": "CredEx/Neo4j",
    "append_dimensions": {"InstanceId": "\${aws:InstanceId}"},
    "aggregation_dimensions": [["InstanceId"]],
    "metrics_collected": {
      "mem": {"measurement": ["mem_used_percent"]},
      "disk": {"measurement": ["disk_used_percent"], "resources": ["$DATA"]},
      "statsd": {"service_address": "127.0.0.1:8125"}
    }
  },
  "logs": {
    "logs_collected": {
      "files": {
        "collect_list": [
          {"file_path": "/var/log/neo4j/neo4j.log", "log_group_name": "$LOG_GROUP", "log_stream_name": "neo4j"},
          {"file_path": "/var/log/neo4j/security.log", "log_group_name": "$LOG_GROUP", "log_stream_name": "security"}
        ]
      }
    }
  }
}
JSON
/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s \
  -c file:/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json >/dev/null

systemctl enable --now neo4j
