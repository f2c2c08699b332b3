"""What schemathesis has to be told of media types that it does not know."""

import schemathesis

for media_type in ("application/x-ndjson", "image/jpeg"):
    schemathesis.serializer.alias(media_type, "application/octet-stream")
