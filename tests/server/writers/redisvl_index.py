"""Hashes and an index over them, as RedisVL makes them."""
from redisvl.index import SearchIndex
from vectors import arguments

client, vectors = arguments()
schema = {
    "index": {"name": "pictures", "prefix": "picture", "storage_type": "hash"},
    "fields": [
        {"name": "title", "type": "text"},
        {"name": "album", "type": "tag"},
        {"name": "year", "type": "numeric"},
        {
            "name": "embedding",
            "type": "vector",
            "attrs": {
                "dims": vectors.shape[1],
                "distance_metric": "cosine",
                "algorithm": "hnsw",
                "datatype": "float32",
            },
        },
    ],
}
index = SearchIndex.from_dict(schema, redis_client=client)
index.create()
index.load(
    [
        {
            "file": f"{i}.jpg",
            "title": f"Picture {i}",
            "album": ["summer", "winter"][i % 2],
            "year": 2000 + i % 20,
            "embedding": vector.tobytes(),
        }
        for i, vector in enumerate(vectors, start=1)
    ],
    id_field="file",
)
