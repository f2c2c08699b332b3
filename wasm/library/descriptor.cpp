#include "library/descriptor.h"

#include "library/json.h"
#include "library/manifest.h"
#include "library/section.h"

#include <algorithm>

namespace picfind {
namespace {

using Refs = std::vector<FileRef>;

Refs read_refs(JsonReader& object, const char* key) {
  Refs refs;
  if (!object.has(key)) return refs;
  object.each(key, [&](JsonReader ref) {
    refs.push_back({ref.hex("file", 64), ref.number("bytes", 1, max_file_bytes),
                    static_cast<uint32_t>(ref.number("rows", 1, max_library_rows))});
  });
  return refs;
}

/// A section's files together have `rows` rows, and each is as large as its own rows take.
void check_section(JsonReader& object, const char* key, const Refs& refs, SectionKind kind, uint32_t rows,
                   uint32_t dim) {
  uint64_t sum = 0;
  for (const FileRef& ref : refs) {
    sum += ref.rows;
    if (ref.bytes != section_bytes(kind, ref.rows, dim)) object.reject(key, "files of the size their rows take");
  }
  if (sum != rows) object.reject(key, std::to_string(rows) + " rows, found " + std::to_string(sum));
}

void check_packs(JsonReader& object, const char* key, const Refs& refs) {
  for (const FileRef& ref : refs)
    if (ref.bytes < 4 * (uint64_t{ref.rows} + 2)) object.reject(key, "packs as large as their offsets at least");
}

KindFiles read_kind(JsonReader kind, bool owned, const Descriptor& descriptor) {
  KindFiles files;
  files.rows = static_cast<uint32_t>(kind.number("rows", 1, max_library_rows));
  if (!owned && files.rows != descriptor.rows) kind.reject("rows", "one row for each record");
  files.int8 = read_refs(kind, "int8");
  check_section(kind, "int8", files.int8, SectionKind::int8, files.rows, descriptor.dim);
  files.sign = read_refs(kind, "sign");
  if (!files.sign.empty()) check_section(kind, "sign", files.sign, SectionKind::sign, files.rows, descriptor.dim);
  files.full = read_refs(kind, "full");
  if (!files.full.empty()) check_section(kind, "full", files.full, SectionKind::full, files.rows, descriptor.dim);
  if (owned) {
    files.owner = read_refs(kind, "owner");
    check_section(kind, "owner", files.owner, SectionKind::owner, files.rows, 0);
  }
  return files;
}

Json to_json(const Refs& refs) {
  Json array = Json::array();
  for (const FileRef& ref : refs)
    array.push_back({{"file", ref.file}, {"bytes", ref.bytes}, {"rows", ref.rows}});
  return array;
}

void put(Json& object, const char* key, const Refs& refs) {
  if (!refs.empty()) object[key] = to_json(refs);
}

}  // namespace

bool is_kind_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Expected<Descriptor> read_descriptor(ByteView text) {
  const Expected<Json> json = parse_json(text, "segment");
  if (!json) return std::unexpected(json.error());
  std::optional<Error> error;
  JsonReader root(*json, "segment", error);
  const uint64_t format = root.number("format", 1, UINT32_MAX);
  if (!error && format > format_version)
    return fail(ErrorCode::version, "segment: format " + std::to_string(format) + " is newer than the " +
                                        std::to_string(format_version) + " this Picfind reads; update Picfind");
  Descriptor descriptor;
  descriptor.rows = static_cast<uint32_t>(root.number("rows", 1, max_library_rows));
  descriptor.dim = static_cast<uint32_t>(root.number("dim", 1, max_dim));
  descriptor.mean = root.hex("mean", 64);
  root.each_member("kinds", [&](const std::string& name, JsonReader kind) {
    if (!is_kind_name(name)) root.reject("kinds", "names of letters a–z, digits and hyphens");
    descriptor.kinds[name] = read_kind(std::move(kind), name != picture_kind, descriptor);
  });
  if (!descriptor.kinds.contains(picture_kind)) root.reject("kinds", "the kind " + picture_kind);
  descriptor.keys = read_refs(root, "keys");
  check_section(root, "keys", descriptor.keys, SectionKind::keys, descriptor.rows, 0);
  descriptor.stat = read_refs(root, "stat");
  if (!descriptor.stat.empty()) check_section(root, "stat", descriptor.stat, SectionKind::stat, descriptor.rows, 0);
  descriptor.records = read_refs(root, "records");
  check_packs(root, "records", descriptor.records);
  uint64_t records = 0;
  for (const FileRef& pack : descriptor.records)
    records += pack.rows;
  if (records != descriptor.rows) root.reject("records", "one item for each record");
  if (root.has("thumbs")) {
    JsonReader thumbs = root.object("thumbs");
    descriptor.thumb_index = read_refs(thumbs, "index");
    check_section(thumbs, "index", descriptor.thumb_index, SectionKind::thumbs, descriptor.rows, 0);
    descriptor.thumb_packs = read_refs(thumbs, "packs");
    check_packs(thumbs, "packs", descriptor.thumb_packs);
  }
  if (error) return std::unexpected(*error);
  return descriptor;
}

Bytes write_descriptor(const Descriptor& descriptor) {
  Json kinds = Json::object();
  for (const auto& [name, files] : descriptor.kinds) {
    Json& kind = kinds[name];
    kind["rows"] = files.rows;
    put(kind, "int8", files.int8);
    put(kind, "sign", files.sign);
    put(kind, "full", files.full);
    put(kind, "owner", files.owner);
  }
  Json json = {{"format", format_version},
               {"rows", descriptor.rows},
               {"dim", descriptor.dim},
               {"mean", descriptor.mean},
               {"kinds", std::move(kinds)}};
  put(json, "keys", descriptor.keys);
  put(json, "stat", descriptor.stat);
  put(json, "records", descriptor.records);
  if (!descriptor.thumb_index.empty()) {
    put(json["thumbs"], "index", descriptor.thumb_index);
    put(json["thumbs"], "packs", descriptor.thumb_packs);
  }
  const std::string text = write_json(json);
  return {text.begin(), text.end()};
}

std::vector<FileRef> files_of(const Descriptor& descriptor) {
  Refs all;
  const auto append = [&](const Refs& refs) { all.insert(all.end(), refs.begin(), refs.end()); };
  for (const auto& [name, files] : descriptor.kinds) {
    append(files.int8);
    append(files.sign);
    append(files.full);
    append(files.owner);
  }
  append(descriptor.keys);
  append(descriptor.stat);
  append(descriptor.records);
  append(descriptor.thumb_index);
  append(descriptor.thumb_packs);
  return all;
}

}  // namespace picfind
