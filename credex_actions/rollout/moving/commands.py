"""The commands that move data on an instance, as root: each looks where it is, and does only what is left to do.

No secret is in them: SSM keeps their text for thirty days. DESTDIR is empty on an instance; the sandbox sets it to the folder of the root volume.
"""

import re
from dataclasses import dataclass
from shlex import quote
from typing import Final

LABEL: Final = "neo4j-data"
FOREIGN: Final = 67
"""Code: the volume holds something that is not ours."""
RUNS: Final = 70
"""Code: Neo4j runs, and must not."""
STALE: Final = 71
"""Code: the data were changed after they had been copied, or another run has copied them."""
DIFFERS: Final = 72
"""Code: a file of the copy is not what it was copied from."""
NO_ROOM: Final = 73
"""Code: the data do not fit."""
CUT_OFF: Final = "credex-move"
LOOKS_WITHIN: Final = 60.0
FORMATS_WITHIN: Final = 300.0
COPIES_WITHIN: Final = 6 * 3600.0
SWITCHES_WITHIN: Final = 300.0
"""Seconds."""


@dataclass(frozen=True)
class Where:
    """`path`: of the data, on the instance. `volume`, `device`: as EC2 names them."""

    name: str
    path: str
    volume: str
    device: str

    @property
    def kept(self) -> str:
        return f"{self.path}.on-root"

    @property
    def prelude(self) -> str:
        """Nitro instances show a volume by its id without the hyphen, older ones by the name of the device. Source: Amazon EBS User Guide, "Amazon EBS and NVMe"."""
        by_id = f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{self.volume.replace('-', '', 1)}"
        return (
            f'set -eu; R="${{DESTDIR-}}"; P={quote(self.path)}; DATA="$R$P"; KEPT="$DATA.on-root"\n'
            f'STAGE="$R"/mnt/{CUT_OFF}-{quote(self.name)}; MARK="$R"/var/lib/{CUT_OFF}/{quote(self.name)}\n'
            'FSTAB="$R"/etc/fstab; DROPIN="$R"/etc/systemd/system/neo4j.service.d/data-volume.conf\n'
            f'DEVICE="$R"{quote(by_id)}; [ -e "$DEVICE" ] || DEVICE="$R"{quote(self.device)}\n'
            'uuid() { blkid -s UUID -o value "$DEVICE"; }\n'
            "reload() { systemctl daemon-reload; }\n"
            f'stopped() {{ if systemctl is-active --quiet neo4j; then echo "Neo4j runs on this instance" >&2; exit {RUNS}; fi; }}\n'
        )

    def used(self) -> str:
        """Prints the KiB of the data."""
        return f'set -eu; R="${{DESTDIR-}}"; du -sk -- "$R"{quote(self.path)} | cut -f1'

    def look(self, run: str) -> str:
        return self.prelude + (
            'say() { printf "%s=%s\\n" "$1" "$2"; }; yes() { if "$@"; then echo 1; else echo 0; fi; }\n'
            'say device "$(yes test -e "$DEVICE")"; say staged "$(yes mountpoint -q "$STAGE")"; say mounted "$(yes mountpoint -q "$DATA")"\n'
            'say kept "$(yes test -d "$KEPT")"; say running "$(yes systemctl is-active --quiet neo4j)"\n'
            f'say copied "$(yes grep -qsx {quote(run)} "$MARK/copied")"'
        )

    def format(self) -> str:
        """One that has nothing on it; one of an earlier try is only mounted. Never one with anything else."""
        return self.prelude + (
            'if ! blkid -p "$DEVICE" >/dev/null 2>&1; then\n'
            f'  [ -z "$(wipefs --noheadings "$DEVICE")" ] || exit {FOREIGN}\n'
            f'  mkfs.xfs -q -L {LABEL} "$DEVICE"\n'
            "fi\n"
            f'if [ "$(blkid -s LABEL -o value "$DEVICE")" != {LABEL} ]; then echo "the volume holds something else" >&2; exit {FOREIGN}; fi\n'
            'mkdir -p "$STAGE" "$MARK"; mountpoint -q "$STAGE" || mount -t xfs -o noatime "$DEVICE" "$STAGE"'
        )

    def copy(self, run: str) -> str:
        """A whole copy, then a comparison of every file by SHA-256. Prints their number, their bytes and the sum of the sums."""
        listed = "find . -path ./lost+found -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum"
        return self.prelude + (
            'stopped; rm -f "$MARK/copied"; touch "$MARK/began"; mountpoint -q "$STAGE"\n'
            'find "$STAGE" -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +\n'
            'need="$(du -sk -- "$DATA" | cut -f1)"; room="$(df -P "$STAGE" | tail -n 1 | awk \'{print $4}\')"\n'
            f'if [ "$need" -ge "$room" ]; then echo "the data need $need KiB, and the volume has $room" >&2; exit {NO_ROOM}; fi\n'
            'cp -a -- "$DATA/." "$STAGE/"; sync\n'
            f'(cd "$DATA" && {listed}) >"$MARK/sums"; (cd "$STAGE" && {listed}) >"$MARK/copy"\n'
            f'cmp -s "$MARK/sums" "$MARK/copy" || {{ echo "the copy differs" >&2; exit {DIFFERS}; }}\n'
            f'stopped; printf "%s\\n" {quote(run)} >"$MARK/copied"\n'
            'printf "%s %s %s\\n" "$(wc -l <"$MARK/sums")" "$need" "$(sha256sum <"$MARK/sums" | cut -d " " -f 1)"'
        )

    def switch(self, run: str) -> str:
        """The guard comes first, and stays: without the volume, systemd does not start Neo4j. Source: systemd.unit(5), AssertPathIsMountPoint."""
        return self.prelude + (
            "stopped\n"
            'if ! mountpoint -q "$DATA"; then\n'
            '  mkdir -p "$(dirname "$DROPIN")"\n'
            '  printf "[Unit]\\nRequiresMountsFor=%s\\nAssertPathIsMountPoint=%s\\n" "$P" "$P" >"$DROPIN.new"; mv "$DROPIN.new" "$DROPIN"; reload\n'
            '  if [ ! -d "$KEPT" ]; then\n'
            f'    if ! grep -qsx {quote(run)} "$MARK/copied" || [ -n "$(find "$DATA" -newer "$MARK/began" -type f | head -n 1)" ]; then\n'
            f'      rm -f "$DROPIN" "$MARK/copied"; reload; echo "the data were changed after they had been copied" >&2; exit {STALE}\n'
            "    fi\n"
            '    stopped; mv "$DATA" "$KEPT"\n'
            "  fi\n"
            '  if mountpoint -q "$STAGE"; then umount "$STAGE"; fi\n'
            '  mkdir -p "$DATA"; touch "$FSTAB"; line="UUID=$(uuid) $P xfs defaults,nofail,noatime 0 2"\n'
            '  grep -qFx "$line" "$FSTAB" || printf "%s\\n" "$line" >>"$FSTAB"\n'
            '  sync; reload; mount "$DATA"; mountpoint -q "$DATA"\n'
            "fi\n"
            'chown --reference="$KEPT" "$DATA"; chmod --reference="$KEPT" "$DATA"'
        )

    def switch_back(self) -> str:
        """The guard goes last: until then the data on the root volume may not be in their place."""
        return self.prelude + (
            'stopped; if mountpoint -q "$DATA"; then umount "$DATA"; fi\n'
            'if [ -d "$KEPT" ]; then if [ -d "$DATA" ]; then rmdir "$DATA"; fi; mv "$KEPT" "$DATA"; fi\n'
            f'if [ -e "$FSTAB" ]; then grep -vE "^UUID=[^ ]+ {re.escape(self.path)} xfs " "$FSTAB" >"$FSTAB.new" || true; cat "$FSTAB.new" >"$FSTAB"; rm "$FSTAB.new"; fi\n'
            'rm -f "$DROPIN" "$MARK/copied"; reload'
        )
