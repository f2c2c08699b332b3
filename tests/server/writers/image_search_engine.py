"""Whole values that are arrays, as soulteary/simple-image-search-engine writes them: raw vectors of CLIP."""
from redis.commands.search.field import VectorField
from redis.commands.search.index_definition import IndexDefinition, IndexType
from vectors import arguments

client, vectors = arguments()
pipeline = client.pipeline()
for i, vector in enumerate(vectors, start=1):
    pipeline.json().set(f"ball-{i}.png", "$", vector.astype(float).tolist())
pipeline.execute()
schema = (
    VectorField(
        "$", "FLAT", {"TYPE": "FLOAT32", "DIM": vectors.shape[1], "DISTANCE_METRIC": "COSINE"}, as_name="vector"
    ),
)
definition = IndexDefinition(prefix=["ball-"], index_type=IndexType.JSON)
client.ft("idx:ball_indexes").create_index(fields=schema, definition=definition)
