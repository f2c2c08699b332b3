"""Documents with a vector at a path and an index over them, as the vector search tutorial of redis-py makes them."""
from redis.commands.search.field import NumericField, TagField, TextField, VectorField
from redis.commands.search.index_definition import IndexDefinition, IndexType
from vectors import arguments

client, vectors = arguments()
pipeline = client.pipeline()
for i, _ in enumerate(vectors, start=1):
    bike = {"model": f"Model {i}", "brand": ["Nord", "Eva"][i % 2], "price": 100 * i, "type": "Kids bikes"}
    pipeline.json().set(f"bikes:{i:03}", "$", bike)
pipeline.execute()
for i, vector in enumerate(vectors, start=1):
    pipeline.json().set(f"bikes:{i:03}", "$.description_embeddings", vector.tolist())
pipeline.execute()
schema = (
    TextField("$.model", no_stem=True, as_name="model"),
    TagField("$.brand", as_name="brand"),
    NumericField("$.price", as_name="price"),
    VectorField(
        "$.description_embeddings",
        "FLAT",
        {"TYPE": "FLOAT32", "DIM": vectors.shape[1], "DISTANCE_METRIC": "COSINE"},
        as_name="vector",
    ),
)
definition = IndexDefinition(prefix=["bikes:"], index_type=IndexType.JSON)
client.ft("idx:bikes_vss").create_index(fields=schema, definition=definition)
