"""df -P, of the volume with the store: its size is the one in EC2's record, what is used is what lies in its folder."""

from credex_actions.sandbox.aws.ssm.programs.program import Call, Said, failed

KIB = 1024
GIB = 1024 * KIB  # in KiB
HEAD = "Filesystem 1024-blocks Used Available Capacity Mounted on"


def df(call: Call) -> Said:
    place = next((word for word in call.words if not word.startswith("-")), "")
    if "-P" not in call.words or not place:
        return failed("sandbox: df knows `df -P PLACE` alone")
    size, folder = call.machine.data_volume(place.removeprefix(str(call.machine.root)))
    total = size * GIB
    used = total if call.machine.full else sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // KIB
    return Said(f"{HEAD}\n/dev/data {total} {used} {max(total - used, 0)} {min(100 * used // max(total, 1), 100)}% {place}\n")
