#pragma once
#include "vector/kernels.h"

#include <algorithm>
#include <cmath>

namespace picfind {

/// cosine and dot are similarities, l2 (Euclidean) and l1 (Manhattan) distances. On unit vectors the first three rank
/// the same.
enum class Metric { cosine, dot, l2, l1 };

/// How near two vectors are, greater for nearer: a similarity, or a distance with its sign turned.
inline float nearness(Metric metric, std::span<const float> a, std::span<const float> b) {
  switch (metric) {
  case Metric::cosine:
    return cosine(a, b);
  case Metric::dot:
    return kernels::dot(a, b);
  case Metric::l2:
    return -kernels::l2(a, b);
  case Metric::l1:
    return -kernels::l1(a, b);
  }
  return 0;
}

/// The same of a vector x of unit length, from query·x and ‖query‖²; all but l1 follow from these.
inline float nearness_of_unit(Metric metric, float dot, float squared_length) {
  if (metric == Metric::cosine && squared_length > 0) return dot / std::sqrt(squared_length);
  if (metric == Metric::l2) return -std::sqrt(std::max(squared_length + 1 - 2 * dot, 0.0F));
  return dot;
}

}  // namespace picfind
