"""Resource addresses by pattern: `*` matches anything, everything else stands for itself, brackets and question marks too."""


def matches(pattern: str, address: str) -> bool:
    """In time that grows with both lengths, whatever the pattern is."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == address
    if not address.startswith(first):
        return False
    at, last = len(first), rest.pop()
    for part in rest:
        found = address.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return address.endswith(last) and len(address) - len(last) >= at
