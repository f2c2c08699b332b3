#include "layout/layout.h"

#include "layout/hash_layout.h"
#include "layout/json_layout.h"
#include "layout/vector_set_layout.h"

namespace picfind::server {

std::unique_ptr<Layout> make_layout(const LibraryOptions& library, uint32_t dim) {
  switch (library.layout) {
  case LayoutKind::hash:
    return std::make_unique<HashLayout>(library, dim);
  case LayoutKind::json:
    return std::make_unique<JsonLayout>(library, dim);
  case LayoutKind::vectorset:
    return std::make_unique<VectorSetLayout>(library, dim);
  }
  std::unreachable();
}

}  // namespace picfind::server
