"""Shapes that only secrets have: what their makers prefix them with, and where a password is in an address, a connection string, JSON.

A pattern is compiled once a mark of it occurs: nearly every value of a task definition has none, and rendering is to start fast. Each
repetition that could begin again at every character is bounded, so that a long value takes a time in proportion to its length.
Source of the prefixes: the makers' own documentation, and GitHub's list of supported secret scanning patterns.
"""

import re
from functools import cache
from typing import Final, NamedTuple

_NOT_ITSELF: Final = (
    r"(?!(?:true|false|yes|no|on|off|none|null|required|optional|changeme|[0-9]{1,5}|[0-9]+(?:ms|[smhd])|(?:/[\w.-]{0,40}){1,9})(?:[\s\"'\\;&,)]|$)"
    r"|\$|%|<|\{\{|\*|\\?\"|arn:)"
)
"""What is in a secret's place where it is passed on or switched: a variable, a mask, a path, a switch, a small number."""


class Shape(NamedTuple):
    """`marks`: texts in lower case of which one occurs, also in lower case, wherever `pattern` matches."""

    what: str
    marks: tuple[str, ...]
    pattern: str


SHAPES: Final = (
    Shape("a private key", ("private key",), r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"),
    Shape(
        "a private key in base64",
        ("ls0tls1crudjti",),
        r"LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0EgUFJJVkFURS|BFQyBQUklWQVRF|BPUEVOU1NIIFBSSVZBVEU|BFTkNSWVBURUQgUFJJVkFURS)",
    ),
    Shape("a private key in JSON", ('"kty', '\\"kty'), r"\"d\\?\"\s{0,9}:\s{0,9}\\?\"[\w-]{20,}"),
    Shape(
        "a key of a Google service account",
        ("eyj0exblij", "ewogicj0exblij"),
        r"eyJ0eXBlIjo(?:ic2Vydmlj|gInNlcnZpY2)|ewogICJ0eXBlIjogInNlcnZpY2",
    ),
    Shape("a JSON web token", ("eyj",), r"\beyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    Shape("an AWS access key", ("akia", "asia"), r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    Shape(
        "a GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    ),
    Shape("a GitLab token", ("glpat-", "gldt-", "glrt-", "glptt-"), r"\bgl(?:pat|dt|rt|ptt)-[\w-]{20,}"),
    Shape("a Slack token", ("xox", "xapp-"), r"\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    Shape("a Slack webhook", ("hooks.slack.com/",), r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,}"),
    Shape("a Discord webhook", ("/api/webhooks/",), r"discord(?:app)?\.com/api/webhooks/[0-9]+/[\w-]{20,}"),
    Shape("a Teams webhook", (".webhook.office.com/",), r"\.webhook\.office\.com/webhookb2/[\w@-]{20,}"),
    Shape("a Telegram token", (":aa",), r"\b[0-9]{8,10}:AA[\w-]{33}\b"),
    Shape(
        "a Stripe key", ("sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"), r"\b(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9+/=]{10,}"
    ),
    Shape("a Google API key", ("aiza",), r"\bAIza[A-Za-z0-9_-]{35}\b"),
    Shape("a Google OAuth secret", ("gocspx-", "ya29."), r"\b(?:GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,})"),
    Shape("an OpenAI or Anthropic key", ("sk-",), r"\bsk-[A-Za-z0-9_-]{20,}"),
    Shape("a SendGrid key", ("sg.",), r"\bSG\.[\w-]{16,64}\.[\w-]{16,}"),
    Shape("a Mailgun key", ("key-",), r"\bkey-[0-9a-f]{32}\b"),
    Shape("a Mailchimp key", ("-us",), r"\b[0-9a-f]{32}-us[0-9]{1,2}\b"),
    Shape("a Brevo key", ("xkeysib-", "xsmtpsib-"), r"\bx(?:key|smtp)sib-[0-9a-f]{32,}"),
    Shape("a Twilio key", ("sk",), r"\bSK[0-9a-f]{32}\b"),
    Shape("a Square token", ("sq0",), r"\bsq0(?:atp|csp|idp)-[\w-]{20,}"),
    Shape("a Shopify token", ("shpat_", "shpca_", "shppa_", "shpss_"), r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    Shape("an npm token", ("npm_", "_authtoken"), r"\bnpm_[A-Za-z0-9]{30,}|_authToken\s*=\s*(?!\$)[\w-]{16,}"),
    Shape("a PyPI token", ("pypi-",), r"\bpypi-AgEI[\w-]{20,}"),
    Shape("a RubyGems key", ("rubygems_",), r"\brubygems_[0-9a-f]{40,}"),
    Shape("a Docker Hub token", ("dckr_",), r"\bdckr_(?:pat|oat)_[\w-]{20,}"),
    Shape("a Vault token", ("hvs.", "hvb.", "hvr."), r"\bhv[sbr]\.[\w-]{20,}"),
    Shape("a Terraform token", (".atlasv1.",), r"\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}"),
    Shape("a DigitalOcean token", ("_v1_",), r"\bdo[opr]_v1_[0-9a-f]{40,}"),
    Shape("a Databricks token", ("dapi",), r"\bdapi[0-9a-f]{32}\b"),
    Shape("a Hugging Face token", ("hf_",), r"\bhf_[A-Za-z0-9]{30,}"),
    Shape("a Replicate or Groq key", ("r8_", "gsk_"), r"\b(?:r8|gsk)_[A-Za-z0-9]{30,}"),
    Shape("a New Relic key", ("nrak-", "nrii-", "nral"), r"\bNR(?:AK|II)-[A-Za-z0-9]{20,}|\b[0-9a-f]{36}NRAL\b"),
    Shape("a Grafana token", ("glsa_", "glc_"), r"\bgl(?:sa|c)_[A-Za-z0-9+/=_]{30,}"),
    Shape("a Sentry token", ("sntrys_", "sntryu_"), r"\bsntry[su]_[A-Za-z0-9+/=_]{40,}"),
    Shape("an Atlassian token", ("atatt3", "atctt3"), r"\bAT[AC]TT3[\w=-]{40,}"),
    Shape(
        "a Linear, Postman, Doppler or PlanetScale key",
        ("lin_api_", "pmak-", "dp.", "pscale_"),
        r"\b(?:lin_api_|PMAK-|dp\.(?:pt|st|ct)\.|pscale_(?:tkn|pw|oauth)_)[\w.-]{20,}",
    ),
    Shape("a Supabase key", ("sbp_", "sb_secret_"), r"\bsb(?:p|_secret)_[\w-]{20,}"),
    Shape("an age key", ("age-secret-key-",), r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    Shape(
        "an Azure key",
        ("accountkey", "sharedaccesskey", "sig="),
        r"(?i)\b(?:Account|SharedAccess)Key\s*=\s*[A-Za-z0-9+/]{20,}={0,2}|[?&]sig=[\w%]{20,}",
    ),
    Shape(
        "a token of an Authorization header",
        ("bearer ", "basic ", "bearer%20", "basic%20"),
        r"(?i)\b(?:bearer|basic)(?:\s+|%20)(?=\S{0,500}[0-9=])[A-Za-z0-9._~+/%=-]{12,}",
    ),
    Shape(
        "a URL with a password",
        ("://",),
        r"(?<=[A-Za-z0-9+.-])://[^\s/?#:@]{0,256}:(?![0-9]{1,5}[/?#]|//|\$\{\w{1,80}\}@|\*{1,9}@)[^\s@]{1,512}@",
    ),
    Shape("an address with a password", ("jdbc:oracle:",), r"(?i)jdbc:oracle:[a-z]{1,9}:[^/@\s]{1,128}/(?!\$)[^@\s]{1,128}@"),
    Shape(
        "a connection string with a password",
        ("password", "passwd", "pwd"),
        rf"(?i)(?:^|[\s;&?,.'\"]|\b\w{{1,40}})(?:password|passwd|pwd)\s{{0,9}}=\s{{0,9}}{_NOT_ITSELF}[^\s;&,]{{3,}}",
    ),
    Shape(
        "a key in a list of settings",
        ("key=", "token=", "secret="),
        rf"(?i)(?:^|[\s;&?,])[\w.-]{{0,40}}(?:api[-_]?key|access[-_]?key|license[-_]?key|token|secret)={_NOT_ITSELF}(?=[^\s;&,]{{0,200}}[0-9])[^\s;&,]{{16,}}",
    ),
    Shape(
        "JSON with a secret in it",
        ('password\\"', 'password"', 'secret"', 'secret\\"', 'key"', 'key\\"', 'token"', 'token\\"', '"auth"', '\\"auth\\"'),
        rf"(?i)\"(?:[\w.-]{{0,40}}(?:password|secret|private_?key|api_?key|access_?key|access_?token|refresh_?token|auth_?token)|token|auth)\\?\"\s{{0,9}}:\s{{0,9}}\\?\"{_NOT_ITSELF}[^\"\\]{{6,}}",
    ),
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def shape_of(value: str) -> str:
    """The kind of secret that `value` has the shape of; "" where it has none."""
    low = value.lower()
    for what, marks, pattern in SHAPES:
        for mark in marks:
            if mark in low:
                if _compiled(pattern).search(value):
                    return what
                break
    return ""
