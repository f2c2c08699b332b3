#pragma once
#include "error.h"
#include "library/manifest.h"

#include <filesystem>
#include <vector>

namespace picfind::server {

/// What the server has to know of a model.
struct ModelSpace {
  Space space;
  uint32_t dim = 0;
};

/// Reads `models`/`id`/model.json. The space is what web/engine/models.ts makes of the same file: the sha256 of picture
/// tower, preprocess and session as JSON with sorted keys. Errors: not-found, corrupt.
Expected<ModelSpace> read_model_space(const std::filesystem::path& models, const std::string& id);

}  // namespace picfind::server
