#include "model/model_space.h"

#include "library/section.h"
#include "library/sha256.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace picfind::server {

Expected<ModelSpace> read_model_space(const std::filesystem::path& models, const std::string& id) {
  const std::filesystem::path path = models / id / "model.json";
  std::ifstream file(path, std::ios::binary);
  if (id.find('/') != std::string::npos || id.starts_with('.') || !file)
    return fail(ErrorCode::not_found, "--model: expected the manifest of " + id + " in " + path.string() +
                                          ", found none; name a model of --models");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorCode::corrupt, path.string() + ": expected " + what);
  };
  // As text: numbers must be written as they are elsewhere, so it is the core's JSON library that writes them.
  const nlohmann::json model = nlohmann::json::parse(text, nullptr, false);
  const nlohmann::json none = nlohmann::json::object();
  const auto at = [&](const char* pointer) -> const nlohmann::json& {
    const nlohmann::json::json_pointer place(pointer);
    return model.contains(place) ? model.at(place) : none;
  };
  const nlohmann::json& sha256 = at("/towers/picture/file/sha256");
  const nlohmann::json& dim = at("/dim");
  if (!sha256.is_string() || !is_hex(sha256.get<std::string>(), 64)) return wrong("towers.picture.file.sha256");
  if (!dim.is_number_unsigned() || dim.get<uint64_t>() == 0 || dim.get<uint64_t>() > max_dim) return wrong("dim");
  const nlohmann::json decides{
      {"picture", sha256}, {"preprocess", at("/preprocess")}, {"session", at("/towers/picture/session")}};
  const std::string written = decides.dump();
  return ModelSpace{{id, sha256_hex({reinterpret_cast<const uint8_t*>(written.data()), written.size()})},
                    dim.get<uint32_t>()};
}

}  // namespace picfind::server
