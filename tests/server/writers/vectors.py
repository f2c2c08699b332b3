"""What every writer here is given: PORT, a file of float32 vectors one after another, and their dimension."""
import sys

import numpy
import redis


def arguments():
    port, path, dim = sys.argv[1:4]
    vectors = numpy.fromfile(path, dtype=numpy.float32).reshape(-1, int(dim))
    return redis.Redis(port=int(port)), vectors
