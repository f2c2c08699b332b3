#pragma once
#include "error.h"

#include <span>

namespace picfind {

/// Errors: usage, if `vector` (named by `what`) has not `dim` numbers.
inline Expected<void> check_dim(std::span<const float> vector, std::size_t dim, const char* what) {
  if (vector.size() == dim) return {};
  return fail(ErrorCode::usage, std::string(what) + ": expected " + std::to_string(dim) + " dimensions, found " +
                                    std::to_string(vector.size()) + "; use the library's own model");
}

}  // namespace picfind
