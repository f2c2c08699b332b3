"""A vector set with attributes: VADD … SETATTR."""
from vectors import arguments

client, vectors = arguments()
for i, vector in enumerate(vectors, start=1):
    attributes = {"title": f"Picture {i}", "year": 2000 + i % 20}
    client.vset().vadd("pictures", vector.tobytes(), f"{i}.jpg", attributes=attributes)
