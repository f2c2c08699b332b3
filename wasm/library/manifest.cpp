#include "library/manifest.h"

#include "library/json.h"
#include "library/section.h"

#include <algorithm>
#include <set>

namespace picfind {
namespace {

constexpr std::size_t max_manifest_bytes = 1U << 20U;
/// The largest integer that JavaScript's numbers hold exactly.
constexpr uint64_t max_sequence = (uint64_t{1} << 53U) - 1;

SegmentRef read_segment(JsonReader segment) {
  SegmentRef ref;
  ref.file = segment.hex("file", 64);
  ref.bytes = segment.number("bytes", 1, max_file_bytes);
  ref.rows = static_cast<uint32_t>(segment.number("rows", 1, max_library_rows));
  ref.live = ref.rows;
  if (segment.has("deleted")) {
    ref.deleted = segment.hex("deleted", 64);
    ref.live = static_cast<uint32_t>(segment.number("live", 0, ref.rows));
  }
  return ref;
}

Source read_source(JsonReader source) {
  Source result{source.text("name"), std::nullopt};
  if (source.has("url")) result.url = source.text("url");
  return result;
}

/// Far more than a graph of the largest library that fits into a wasm memory takes.
constexpr uint64_t max_graph_bytes = uint64_t{1} << 31U;

std::optional<GraphRef> read_graph(const Json& json, const std::vector<SegmentRef>& segments) {
  std::optional<Error> error;
  JsonReader root(json, "manifest", error);
  JsonReader graph = root.object("graph");
  GraphRef ref{graph.hexes("files", 64), graph.number("bytes", 1, max_graph_bytes), graph.hexes("segments", 64),
               static_cast<uint32_t>(graph.number("rows", 1, max_library_rows))};
  if (error || !is_sound(ref, segments)) return std::nullopt;
  return ref;
}

Json to_json(const GraphRef& graph) {
  return {{"files", graph.files}, {"bytes", graph.bytes}, {"segments", graph.segments}, {"rows", graph.rows}};
}

BundleRef read_bundle(JsonReader bundle) {
  BundleRef ref{bundle.hex("file", 64), {}};
  if (bundle.has("code")) ref.code = bundle.hex("code", 64);
  return ref;
}

Json to_json(const BundleRef& bundle) {
  Json json = {{"file", bundle.file}};
  if (!bundle.code.empty()) json["code"] = bundle.code;
  return json;
}

}  // namespace

bool is_sound(const GraphRef& graph, const std::vector<SegmentRef>& segments) {
  uint64_t rows = 0;
  std::set<std::string> seen;
  for (const std::string& name : graph.segments) {
    const auto segment = std::ranges::find(segments, name, &SegmentRef::file);
    if (segment == segments.end() || !seen.insert(name).second || rows >= graph.rows) return false;
    rows += segment->rows;
  }
  return graph.rows > 0 && graph.rows <= rows && graph.bytes > 0 && graph.bytes <= max_graph_bytes &&
         graph.files.size() == (graph.bytes + max_file_bytes - 1) / max_file_bytes;
}

Expected<Manifest> read_manifest(ByteView text) {
  if (text.size() > max_manifest_bytes)
    return fail(ErrorCode::too_large, "manifest: expected at most " + std::to_string(max_manifest_bytes) +
                                          " bytes, found " + std::to_string(text.size()));
  const Expected<Json> json = parse_json(text, "manifest");
  if (!json) return std::unexpected(json.error());
  std::optional<Error> error;
  JsonReader root(*json, "manifest", error);
  const uint64_t format = root.number("format", 1, UINT32_MAX);
  if (!error && format > format_version)
    return fail(ErrorCode::version, "manifest: format " + std::to_string(format) + " is newer than the " +
                                        std::to_string(format_version) + " this Picfind reads; update Picfind");
  Manifest manifest;
  manifest.epoch = root.hex("epoch", 32);
  manifest.sequence = root.number("sequence", 1, max_sequence);
  if (root.has("parent")) manifest.parent = root.hex("parent", 64);
  JsonReader space = root.object("space");
  manifest.space = {space.text("id"), space.hex("sha256", 64)};
  manifest.dim = static_cast<uint32_t>(root.number("dim", 1, max_dim));
  manifest.mean = root.hex("mean", 64);
  manifest.full = root.flag("full");
  root.each("sources", [&](JsonReader source) { manifest.sources.push_back(read_source(std::move(source))); });
  uint64_t rows = 0;
  std::set<std::string> names;
  root.each("segments", [&](JsonReader segment) {
    manifest.segments.push_back(read_segment(std::move(segment)));
    rows += manifest.segments.back().rows;
    if (!names.insert(manifest.segments.back().file).second) root.reject("segments", "each segment once");
  });
  if (rows > max_library_rows) root.reject("segments", "at most " + std::to_string(max_library_rows) + " rows in all");
  if (root.has("bundle")) manifest.bundle = read_bundle(root.object("bundle"));
  if (error) return std::unexpected(*error);
  if (root.has("graph")) manifest.graph = read_graph(*json, manifest.segments);
  return manifest;
}

Bytes write_manifest(const Manifest& manifest) {
  Json sources = Json::array();
  for (const Source& source : manifest.sources) {
    sources.push_back({{"name", source.name}});
    if (source.url) sources.back()["url"] = *source.url;
  }
  Json segments = Json::array();
  uint64_t rows = 0;
  uint64_t live = 0;
  for (const SegmentRef& segment : manifest.segments) {
    segments.push_back({{"file", segment.file}, {"bytes", segment.bytes}, {"rows", segment.rows}});
    if (!segment.deleted.empty()) {
      segments.back()["deleted"] = segment.deleted;
      segments.back()["live"] = segment.live;
    }
    rows += segment.rows;
    live += segment.live;
  }
  Json json = {
      {"format", format_version},      {"epoch", manifest.epoch},
      {"sequence", manifest.sequence}, {"space", {{"id", manifest.space.id}, {"sha256", manifest.space.sha256}}},
      {"dim", manifest.dim},           {"mean", manifest.mean},
      {"full", manifest.full},         {"counts", {{"rows", rows}, {"records", live}}},
      {"sources", std::move(sources)}, {"segments", std::move(segments)}};
  if (manifest.graph) json["graph"] = to_json(*manifest.graph);
  if (manifest.bundle) json["bundle"] = to_json(*manifest.bundle);
  if (!manifest.parent.empty()) json["parent"] = manifest.parent;
  const std::string text = write_json(json);
  return {text.begin(), text.end()};
}

}  // namespace picfind
