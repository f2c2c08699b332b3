#include "http/web_files.h"

#include "library/mapped_file.h"
#include "library/sha256.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string_view>

namespace picfind::server {
namespace {

std::string_view type_of(const std::filesystem::path& path) {
  static const std::map<std::string_view, std::string_view> types{{".html", "text/html; charset=utf-8"},
                                                                  {".js", "text/javascript"},
                                                                  {".mjs", "text/javascript"},
                                                                  {".css", "text/css"},
                                                                  {".json", "application/json"},
                                                                  {".wasm", "application/wasm"},
                                                                  {".svg", "image/svg+xml"},
                                                                  {".png", "image/png"},
                                                                  {".jpg", "image/jpeg"},
                                                                  {".jpeg", "image/jpeg"},
                                                                  {".webp", "image/webp"},
                                                                  {".avif", "image/avif"},
                                                                  {".gif", "image/gif"},
                                                                  {".webmanifest", "application/manifest+json"},
                                                                  {".txt", "text/plain; charset=utf-8"}};
  const std::string extension = path.extension().string();
  const auto found = types.find(extension);
  return found == types.end() ? "application/octet-stream" : found->second;
}

/// The file of that name, if it lies in the folder after all links are followed.
std::filesystem::path inside(const std::filesystem::path& folder, const std::string& path) {
  const std::filesystem::path relative(path);
  const bool is_plain = std::ranges::none_of(relative, [](const auto& part) { return part.string().starts_with('.'); });
  if (!is_plain || relative.is_absolute() || path.contains('\0')) return {};
  std::error_code error;
  const std::filesystem::path root = std::filesystem::canonical(folder, error);
  if (error) return {};
  std::filesystem::path found = std::filesystem::canonical(root / relative, error);
  if (error || std::ranges::mismatch(root, found).in1 != root.end()) return {};
  return found;
}

}  // namespace

Answer answer_file(const Request& request, const std::filesystem::path& folder, const std::string& path) {
  const std::filesystem::path found = inside(folder, path.empty() || path.ends_with('/') ? path + "index.html" : path);
  const auto file = found.empty() ? nullptr : MappedFile::open(found);
  if (file == nullptr) return error_answer(http::status::not_found, "expected a file, found none at /" + path);
  std::error_code error;
  const auto modified = std::filesystem::last_write_time(found, error).time_since_epoch().count();
  Answer answer;
  answer.set(http::field::content_type, type_of(found));
  answer.body = body_of(file);
  const bool is_immutable = path.starts_with("assets/") || is_hex(found.filename().string(), 64);
  return with_etag(request, std::move(answer), std::to_string(modified) + "-" + std::to_string(file->bytes().size()),
                   is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
}

void isolate(Answer& answer) {
  answer.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  answer.headers.set("Cross-Origin-Embedder-Policy", "credentialless");
  answer.headers.set("Cross-Origin-Resource-Policy", "same-origin");
}

}  // namespace picfind::server
