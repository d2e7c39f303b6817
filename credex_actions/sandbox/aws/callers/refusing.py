"""What AWS says to a caller that it does not know, does not believe or does not let: code, message and HTTP status, by protocol."""

from typing import Final

from werkzeug.wrappers import Request

from credex_actions.sandbox.aws.protocols import dialect
from credex_actions.sandbox.aws.refusals import Refusal

INVALID = "The security token included in the request is invalid."
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
    "Consult the service documentation for details."
)
INCOMPLETE = "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters."
UNABLE = "AWS was not able to validate the provided access credentials"
NO_REGION = "Credential should be scoped to a valid region."
S3_KEY = "The AWS Access Key Id you provided does not exist in our records."
S3_CLOCK = "The difference between the request time and the current time is too large."
S3_MISMATCH = "The request signature we calculated does not match the signature you provided. Check your key and signing method."

Answer = tuple[str, str, int]
REFUSALS: Final[dict[str, dict[str, Answer]]] = {
    "unknown key": {
        "json": ("UnrecognizedClientException", INVALID, 400),
        "query": ("InvalidClientTokenId", INVALID, 403),
        "ec2": ("AuthFailure", UNABLE, 401),
        "s3": ("InvalidAccessKeyId", S3_KEY, 403),
    },
    "wrong signature": {
        "json": ("InvalidSignatureException", MISMATCH, 400),
        "query": ("SignatureDoesNotMatch", MISMATCH, 403),
        "ec2": ("AuthFailure", UNABLE, 401),
        "s3": ("SignatureDoesNotMatch", S3_MISMATCH, 403),
    },
    "wrong clock": {
        "json": ("InvalidSignatureException", "{why}", 400),
        "query": ("SignatureDoesNotMatch", "{why}", 403),
        "ec2": ("RequestExpired", "Request has expired.", 400),
        "s3": ("RequestTimeTooSkewed", S3_CLOCK, 403),
    },
    "unknown region": {
        "json": ("InvalidSignatureException", NO_REGION, 400),
        "query": ("SignatureDoesNotMatch", NO_REGION, 403),
        "ec2": ("AuthFailure", NO_REGION, 401),
        "s3": ("AuthorizationHeaderMalformed", NO_REGION, 400),
    },
    "unreadable": {
        "json": ("IncompleteSignatureException", INCOMPLETE, 400),
        "query": ("IncompleteSignature", INCOMPLETE, 400),
        "ec2": ("AuthFailure", UNABLE, 401),
        "s3": ("AuthorizationHeaderMalformed", "The authorization header that you provided is not valid.", 400),
    },
    "expired session": {
        "json": ("ExpiredTokenException", "The security token included in the request is expired", 400),
        "query": ("ExpiredToken", "The security token included in the request is expired", 403),
        "ec2": ("RequestExpired", "Request has expired.", 400),
        "s3": ("ExpiredToken", "The provided token has expired.", 400),
    },
    "denied": {
        "json": ("AccessDeniedException", "{why}", 400),
        "query": ("AccessDenied", "{why}", 403),
        "ec2": ("UnauthorizedOperation", "You are not authorized to perform this operation. {why}", 403),
        "s3": ("AccessDenied", "{why}", 403),
    },
}
"""Code, message and HTTP status by protocol; CBOR speaks as JSON does."""


def refusal(reason: str, service: str, request: Request, why: str = "") -> Refusal:
    """`reason`: one of REFUSALS. `service`: the name that the request is signed for."""
    spoken = dialect(service, request)
    code, message, status = REFUSALS[reason]["json" if spoken == "cbor" else spoken]
    return Refusal(code, message.format(why=why), status)
