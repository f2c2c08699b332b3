#include "image/decode.h"
#include "image/encode.h"
#include "image/exif.h"
#include "image/fit.h"
#include "image/format.h"
#include "index/nearest_rows.h"
#include "index/rescore.h"
#include "library/library.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <emscripten/bind.h>
#include <emscripten/em_js.h>
#include <malloc.h>

// The interface of web/engine/core.ts. Everything but these conversions is in the classes bound here.
// Copying goes past val, each of whose calls takes about a microsecond.
// clang-format off
EM_JS_DEPS(picfind, "$Emval")
EM_JS(uint32_t, array_length, (emscripten::EM_VAL array), { return Emval.toValue(array).length; })
EM_JS(void, copy_floats, (emscripten::EM_VAL array, float* to), { HEAPF32.set(Emval.toValue(array), to >> 2); })
EM_JS(void, copy_doubles, (emscripten::EM_VAL array, double* to), { HEAPF64.set(Emval.toValue(array), to >> 3); })
EM_JS(void, copy_uints, (emscripten::EM_VAL array, uint32_t* to), { HEAPU32.set(Emval.toValue(array), to >> 2); })
EM_JS(void, copy_bytes, (emscripten::EM_VAL array, void* to), { HEAPU8.set(Emval.toValue(array), to); })
// clang-format on

namespace picfind {
namespace {

using emscripten::val;

// C++ → JavaScript. Arrays are copied out: growing the heap detaches views of it.

template <class T> val copy_out(const char* type, std::span<const T> values) {
  return val::global(type).new_(val(emscripten::typed_memory_view(values.size(), values.data())));
}

val to_js(ByteView bytes) { return copy_out("Uint8Array", bytes); }
val to_js(std::span<const float> values) { return copy_out("Float32Array", values); }
val to_js(std::span<const uint32_t> values) { return copy_out("Uint32Array", values); }

val to_js(const Error& error) {
  constexpr std::array<const char*, 7> codes{"unsupported", "corrupt",   "too-large", "space",
                                             "version",     "not-found", "usage"};
  val detail = val::object();
  detail.set("code", std::string(codes[static_cast<std::size_t>(error.code)]));
  detail.set("message", error.message);
  val result = val::object();
  result.set("error", detail);
  return result;
}

val to_js(const std::vector<std::string>& strings) {
  val array = val::array();
  for (const std::string& text : strings)
    array.call<void>("push", text);
  return array;
}

val to_js(const Place& place) {
  val object = val::object();
  object.set("file", place.file);
  object.set("offset", place.offset);
  return object;
}

val to_js(const Places& places) {
  val object = val::object();
  object.set("files", to_js(places.files));
  object.set("file", to_js(std::span<const uint32_t>(places.file)));
  object.set("offset", to_js(std::span<const uint32_t>(places.offset)));
  return object;
}

val to_js(const Int8Places& places) {
  val object = val::object();
  object.set("files", to_js(places.files));
  object.set("file", to_js(std::span<const uint32_t>(places.file)));
  object.set("values", to_js(std::span<const uint32_t>(places.values)));
  object.set("scale", to_js(std::span<const uint32_t>(places.scale)));
  return object;
}

val to_js(const std::vector<Hit>& hits) {
  std::vector<uint32_t> rows;
  std::vector<float> scores;
  for (const Hit& hit : hits) {
    rows.push_back(hit.row);
    scores.push_back(hit.score);
  }
  val object = val::object();
  object.set("rows", to_js(std::span<const uint32_t>(rows)));
  object.set("scores", to_js(std::span<const float>(scores)));
  return object;
}

val to_js(const std::vector<File>& files) {
  val array = val::array();
  for (const File& file : files) {
    val object = val::object();
    object.set("name", file.name);
    object.set("bytes", to_js(ByteView(file.bytes)));
    array.call<void>("push", object);
  }
  return array;
}

val to_js(const BuiltSegment& built) {
  val object = val::object();
  object.set("descriptor", built.descriptor);
  object.set("rows", built.rows);
  object.set("files", to_js(built.files));
  return object;
}

val to_js(const Publication& publication) {
  val object = val::object();
  object.set("manifest", to_js(ByteView(publication.manifest)));
  object.set("files", to_js(publication.files));
  return object;
}

val to_js(const GraphRef& ref) {
  val object = val::object();
  object.set("files", to_js(ref.files));
  object.set("bytes", static_cast<double>(ref.bytes));
  object.set("segments", to_js(ref.segments));
  object.set("rows", ref.rows);
  return object;
}

val to_js(const BuiltGraph& built) {
  const std::vector<ByteView> pieces = graph_pieces(*built.bytes);
  val files = val::array();
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    val file = val::object();
    file.set("name", built.ref.files[i]);
    file.set("bytes", to_js(pieces[i]));
    files.call<void>("push", file);
  }
  val object = val::object();
  object.set("files", files);
  object.set("entry", to_js(built.ref));
  return object;
}

val to_js(const Expected<void>& result) { return result ? val::null() : to_js(result.error()); }

/// The value, or `{error}`. A bound class is moved into an object of its own, which JavaScript deletes; by pointer, for
/// Embind copies values.
template <class T> val to_js(Expected<T> result) {
  if (!result) return to_js(result.error());
  if constexpr (requires { to_js(*result); })
    return to_js(*result);
  else
    return val(std::make_unique<T>(std::move(*result)));
}

// JavaScript → C++

template <class T> std::vector<T> copy_in(const val& array) {
  std::vector<T> values(array_length(array.as_handle()));
  if constexpr (std::same_as<T, float>)
    copy_floats(array.as_handle(), values.data());
  else if constexpr (std::same_as<T, double>)
    copy_doubles(array.as_handle(), values.data());
  else if constexpr (std::same_as<T, uint32_t>)
    copy_uints(array.as_handle(), values.data());
  else
    copy_bytes(array.as_handle(), values.data());
  return values;
}

std::vector<std::string> strings(const val& array) { return emscripten::vecFromJSArray<std::string>(array); }

template <class T> std::array<T, 3> triple(const val& array) {
  return {array[0].as<T>(), array[1].as<T>(), array[2].as<T>()};
}

bool is_given(const val& value) { return !value.isUndefined() && !value.isNull(); }

Metric to_metric(const val& js) {
  const auto name = js.as<std::string>();
  return name == "dot" ? Metric::dot : name == "l2" ? Metric::l2 : name == "l1" ? Metric::l1 : Metric::cosine;
}

constexpr std::array<const char*, 3> engines{"exact", "hnsw", "sign"};

Engine to_engine(const val& js) {
  const auto found = std::ranges::find(engines, js.as<std::string>());
  return found != engines.end() ? static_cast<Engine>(found - engines.begin()) : Engine::exact;
}

SearchRequest to_request(std::string kind, const val& query, const val& settings) {
  SearchRequest request;
  request.kind = std::move(kind);
  request.query = copy_in<float>(query);
  request.count = settings["count"].as<uint32_t>();
  if (const val metric = settings["metric"]; is_given(metric)) request.metric = to_metric(metric);
  if (const val engine = settings["engine"]; is_given(engine)) request.engine = to_engine(engine);
  if (const val candidates = settings["numCandidates"]; is_given(candidates))
    request.num_candidates = candidates.as<uint32_t>();
  if (const val allowed = settings["allowed"]; is_given(allowed)) request.allowed = copy_in<uint8_t>(allowed);
  return request;
}

GraphRef to_graph_ref(const val& js) {
  return {strings(js["files"]), static_cast<uint64_t>(js["bytes"].as<double>()), strings(js["segments"]),
          js["rows"].as<uint32_t>()};
}

BundleRef to_bundle_ref(const val& js) {
  BundleRef ref{js["file"].as<std::string>(), {}};
  if (const val code = js["code"]; is_given(code)) ref.code = code.as<std::string>();
  return ref;
}

Preprocess to_preprocess(const val& js) {
  Preprocess preprocess;
  const auto fit = js["fit"].as<std::string>();
  preprocess.fit = fit == "letterbox" ? Fit::letterbox : fit == "squash" ? Fit::squash : Fit::shortest_crop;
  preprocess.size = js["size"].as<int>();
  preprocess.interpolation =
      js["interpolation"].as<std::string>() == "bilinear" ? Interpolation::bilinear : Interpolation::bicubic;
  if (const val background = js["background"]; !background.isNull() && !background.isUndefined())
    preprocess.background = triple<uint8_t>(background);
  preprocess.mean = triple<float>(js["mean"]);
  preprocess.std = triple<float>(js["std"]);
  return preprocess;
}

SegmentRow to_row(const val& js) {
  return {js["id"].as<std::string>(),     js["record"].as<std::string>(),
          copy_in<float>(js["vector"]),   copy_in<uint8_t>(js["thumbnail"]),
          js["sha256"].as<std::string>(), {js["size"].as<double>(), js["modified"].as<double>()}};
}

std::vector<Source> to_sources(const val& js) {
  std::vector<Source> sources;
  for (const val& source : emscripten::vecFromJSArray<val>(js)) {
    sources.push_back({source["name"].as<std::string>(), std::nullopt});
    if (const val url = source["url"]; url.isString()) sources.back().url = url.as<std::string>();
  }
  return sources;
}

// Pictures

val decode_picture(const val& bytes, const val& least) {
  LeastSize size;
  if (!least.isNull()) size = {least["shortSide"].as<int>(), least["longSide"].as<int>()};
  return to_js(decode(copy_in<uint8_t>(bytes), size));
}

val picture_from_pixels(const val& rgba, int width, int height, int orientation, std::string type) {
  return to_js(from_pixels(copy_in<uint8_t>(rgba), width, height, orientation, std::move(type)));
}

int width_of(const Picture& picture) { return picture.shown_width(); }
int height_of(const Picture& picture) { return picture.shown_height(); }
double scale_of(const Picture& picture) { return picture.eighths / 8.0; }

val fit_picture(const Picture& picture, const val& preprocess) {
  return to_js(ByteView(fit(picture, to_preprocess(preprocess))));
}

val picture_tensor(const Picture& picture, const val& preprocess) {
  return to_js(std::span<const float>(tensor(picture, to_preprocess(preprocess))));
}

val picture_thumbnail(const Picture& picture, int long_side, int quality) {
  return to_js(ByteView(thumbnail(picture, long_side, quality)));
}

std::string sniff_type(const val& bytes) { return sniff(copy_in<uint8_t>(bytes)); }
int orientation_of(const val& bytes) { return exif_orientation(copy_in<uint8_t>(bytes)); }

val png_of(const val& rgb, int width, int height) {
  return to_js(ByteView(encode_png(copy_in<uint8_t>(rgb), width, height)));
}

// Files

std::string sha256_of(const val& bytes) { return sha256_hex(copy_in<uint8_t>(bytes)); }
void update_hash(Sha256& hash, const val& bytes) { hash.update(copy_in<uint8_t>(bytes)); }
std::string hash_hex(const Sha256& hash) { return to_hex(hash.digest()); }
Sha256 new_hash() { return {}; }

val nearest_rows_of(const val& vectors, uint32_t dim, uint32_t k, const val& lists, const val& added) {
  const std::vector<uint32_t> known_lists = copy_in<uint32_t>(lists);
  const std::vector<uint32_t> added_rows = copy_in<uint32_t>(added);
  return to_js(std::span<const uint32_t>(nearest_rows(copy_in<float>(vectors), dim, k, {known_lists, added_rows})));
}

double heap_in_use() { return static_cast<double>(mallinfo().uordblks); }

// Segments

void set_record_pack(SegmentBuilder& builder, uint32_t bytes) { builder.set_record_pack(bytes); }
val add_row(SegmentBuilder& builder, const val& row) { return to_js(builder.add(to_row(row))); }

val carry_row(SegmentBuilder& builder, const val& row, const val& values, float scale) {
  return to_js(builder.carry(to_row(row), copy_in<int8_t>(values), scale));
}

val add_vector(SegmentBuilder& builder, const std::string& kind, const val& vector) {
  return to_js(builder.add_vector(kind, copy_in<float>(vector)));
}

uint32_t builder_rows(const SegmentBuilder& builder) { return builder.rows(); }
val finish_builder(SegmentBuilder& builder) { return to_js(builder.finish()); }

val merger_missing(const Merger& merger) { return to_js(merger.missing()); }

val provide_to_merger(Merger& merger, const std::string& name, const val& bytes) {
  return to_js(merger.provide(name, copy_in<uint8_t>(bytes)));
}

val finish_merger(Merger& merger) { return to_js(merger.finish()); }

// The library

Library new_library() { return {}; }

/// Bytes, or Infinity.
void set_memory_budget(Library& library, double bytes) {
  library.set_memory_budget(bytes < 0x1p53 ? static_cast<uint64_t>(std::max(bytes, 0.0)) : UINT64_MAX);
}

val start_manifest(const val& js) {
  Manifest start;
  start.epoch = js["epoch"].as<std::string>();
  start.space = {js["space"]["id"].as<std::string>(), js["space"]["sha256"].as<std::string>()};
  start.dim = js["dim"].as<uint32_t>();
  start.full = js["full"].as<bool>();
  return to_js(first_manifest(std::move(start), copy_in<float>(js["mean"])));
}

val set_manifest(Library& library, const val& bytes, const std::string& space_sha256) {
  return to_js(library.set_manifest(copy_in<uint8_t>(bytes), space_sha256));
}

val library_missing(const Library& library) { return to_js(library.missing()); }

val provide(Library& library, const std::string& name, const val& bytes) {
  return to_js(library.provide(name, copy_in<uint8_t>(bytes)));
}

val file_buffer(Library& library, const std::string& name, uint32_t bytes) {
  const std::span<uint8_t> buffer = library.buffer(name, bytes);
  return val(emscripten::typed_memory_view(buffer.size(), buffer.data()));
}

val provide_verified(Library& library, const std::string& name) { return to_js(library.provide_verified(name)); }

uint32_t give_up(Library& library, const std::string& name) { return library.give_up(name); }

val library_files(const Library& library) {
  val array = val::array();
  for (const FileRef& ref : library.files()) {
    val object = val::object();
    object.set("name", ref.file);
    object.set("bytes", static_cast<double>(ref.bytes));
    array.call<void>("push", object);
  }
  return array;
}

uint32_t library_dim(const Library& library) { return library.manifest() != nullptr ? library.manifest()->dim : 0; }
uint32_t library_rows(const Library& library) { return library.rows(); }
uint32_t library_count(const Library& library) { return library.count(); }
double library_sequence(const Library& library) {
  return library.manifest() != nullptr ? static_cast<double>(library.manifest()->sequence) : 0;
}
bool library_has_full(const Library& library) { return library.has_full(); }
std::string library_manifest(const Library& library) { return std::string(library.manifest_text()); }

val begin_search(const Library& library, const std::string& kind, const val& query, const val& settings) {
  return to_js(library.begin_search(to_request(kind, query, settings)));
}

bool step_search(LibrarySearch& search, uint32_t rows) { return !search.step(rows); }

val take_found(LibrarySearch& search) {
  val found = to_js(search.take());
  found.set("engine", std::string(engines[static_cast<std::size_t>(search.engine())]));
  found.set("candidates", static_cast<double>(search.scored()));
  return found;
}

val candidates(const Library& library, const std::string& kind, const val& query, uint32_t count) {
  SearchRequest request;
  request.kind = kind;
  request.query = copy_in<float>(query);
  request.count = count;
  Expected<LibrarySearch> search = library.begin_search(request);
  if (!search) return to_js(search.error());
  while (search->step(1U << 16U)) {
  }
  return take_found(*search);
}

val full_places(const Library& library, const std::string& kind, const val& rows) {
  const std::optional<Places> places = library.full_places(kind, copy_in<uint32_t>(rows));
  return places ? to_js(*places) : val::null();
}

val rescore_rows(const Library&, const val& metric, const val& query, const val& rows, const val& vectors, uint32_t k) {
  return to_js(rescore(to_metric(metric), copy_in<float>(query), copy_in<uint32_t>(rows), copy_in<float>(vectors), k));
}

val int8_places(const Library& library, const std::string& kind, const val& rows) {
  const std::optional<Int8Places> places = library.int8_places(kind, copy_in<uint32_t>(rows));
  return places ? to_js(*places) : val::null();
}

val rescore_int8_rows(const Library& library, const val& metric, const val& query, const val& rows, const val& values,
                      const val& scales, uint32_t k) {
  return to_js(library.rescore_int8(to_metric(metric), copy_in<float>(query), copy_in<uint32_t>(rows),
                                    copy_in<int8_t>(values), copy_in<float>(scales), k));
}

val vector_of_int8(const Library& library, const val& values, float scale) {
  return to_js(std::span<const float>(library.vector_of_int8(copy_in<int8_t>(values), scale)));
}

bool int8_in_memory(const Library& library) { return library.resident() == Resident::int8; }

val row_vector(const Library& library, const std::string& kind, uint32_t row) {
  return to_js(std::span<const float>(library.vector(kind, row)));
}

double row_of(const Library& library, const std::string& id) {
  const std::optional<uint32_t> row = library.row_of(id);
  return row ? static_cast<double>(*row) : -1;
}

double row_of_sha256(const Library& library, const std::string& hex) {
  const std::optional<Digest> digest = digest_from_hex(hex);
  const std::optional<uint32_t> row = digest ? library.row_of_picture(*digest) : std::nullopt;
  return row ? static_cast<double>(*row) : -1;
}

val row_stat(const Library& library, uint32_t row) {
  const std::optional<RecordKeys> keys = library.keys(row);
  const Stat stat = library.stat(row);
  val object = val::object();
  object.set("sha256", keys ? to_hex(keys->picture) : std::string());
  object.set("size", stat.size);
  object.set("modified", stat.modified);
  return object;
}

val record_place(const Library& library, uint32_t row) { return to_js(library.record_place(row)); }

val thumbnail_place(const Library& library, uint32_t row) {
  const Place place = library.thumbnail_place(row);
  return place.file.empty() ? val::null() : to_js(place);
}

val thumbnail_entry(const Library& library, uint32_t row) {
  const ThumbnailEntry entry = library.thumbnail_entry(row);
  if (entry.file.empty()) return val::null();
  val object = val::object();
  object.set("file", entry.file);
  object.set("pack", entry.pack);
  object.set("item", entry.item);
  return object;
}

val thumbnail_place_of(const Library& library, uint32_t row, uint32_t pack, uint32_t item) {
  const Place place = library.thumbnail_place(row, {pack, item});
  return place.file.empty() ? val::null() : to_js(place);
}

val to_js(const std::vector<RowBytes>& parts) {
  val array = val::array();
  for (const RowBytes& part : parts) {
    val object = val::object();
    object.set("file", part.file);
    object.set("firstRow", part.first_row);
    object.set("rows", part.rows);
    object.set("offset", part.offset);
    array.call<void>("push", object);
  }
  return array;
}

val id_keys(const Library& library) { return to_js(library.id_keys()); }
val modified_times(const Library& library) { return to_js(library.modified_times()); }
val take_times(Library& library, const val& modified) { return to_js(library.take_times(copy_in<double>(modified))); }

val newest(Library& library, uint32_t offset, uint32_t count) {
  return to_js(std::span<const uint32_t>(library.newest(offset, count)));
}

val next_manifest(Library& library, const val& js) {
  ManifestChange change{strings(js["add"]),        strings(js["remove"]), strings(js["deleteIds"]),
                        to_sources(js["sources"]), std::nullopt,          std::nullopt};
  if (const val graph = js["graph"]; is_given(graph)) change.graph = to_graph_ref(graph);
  if (const val bundle = js["bundle"]; is_given(bundle)) change.bundle = to_bundle_ref(bundle);
  return to_js(library.next_manifest(change));
}

val plan_library_merge(const Library& library, const val& except) { return to_js(library.plan_merge(strings(except))); }

val library_merger(const Library& library, const val& descriptors) {
  return to_js(library.merger(strings(descriptors)));
}

uint32_t library_graph_rows(const Library& library) { return library.graph_rows(); }
bool library_wants_graph(const Library& library) { return library.wants_graph(); }

val start_graph(const Library& library, const val& settings) {
  return to_js(library.start_graph({settings["m"].as<uint32_t>(), settings["efConstruction"].as<uint32_t>()}));
}

bool is_stale(const Library& library, const GraphBuilder& builder) { return library.is_stale(builder); }
val use_graph(Library& library, GraphBuilder& builder) { return to_js(library.use_graph(builder)); }

val step_graph(GraphBuilder& builder, uint32_t max_rows) {
  if (const Expected<void> stepped = builder.step(max_rows); !stepped) return to_js(stepped.error());
  val progress = val::object();
  progress.set("done", builder.added() == builder.rows());
  progress.set("rows", builder.added());
  progress.set("of", builder.rows());
  return progress;
}

val finish_graph(GraphBuilder& builder) { return to_js(builder.finish()); }

SegmentBuilder segment_builder(const Library& library) { return SegmentBuilder(library.segment_form()); }

}  // namespace
}  // namespace picfind

EMSCRIPTEN_BINDINGS(picfind) {
  using namespace picfind;
  using namespace emscripten;

  class_<Picture>("CorePicture")
      .property("width", &width_of)
      .property("height", &height_of)
      .property("type", &Picture::type)
      .property("scale", &scale_of)
      .function("fit", &fit_picture)
      .function("tensor", &picture_tensor)
      .function("thumbnail", &picture_thumbnail);

  class_<SegmentBuilder>("CoreSegmentBuilder")
      .property("rows", &builder_rows)
      .function("setRecordPack", &set_record_pack)
      .function("add", &add_row)
      .function("carry", &carry_row)
      .function("addVector", &add_vector)
      .function("finish", &finish_builder);

  class_<Merger>("CoreMerger")
      .function("missing", &merger_missing)
      .function("provide", &provide_to_merger)
      .function("finish", &finish_merger);

  class_<LibrarySearch>("CoreSearch").function("step", &step_search).function("take", &take_found);

  class_<GraphBuilder>("CoreGraphBuilder").function("step", &step_graph).function("finish", &finish_graph);

  class_<Library>("CoreLibrary")
      .property("dim", &library_dim)
      .property("rows", &library_rows)
      .property("count", &library_count)
      .property("sequence", &library_sequence)
      .property("hasFull", &library_has_full)
      .property("int8InMemory", &int8_in_memory)
      .property("hasLookups", &Library::has_lookups)
      .property("needsTimes", &Library::needs_times)
      .function("wantLookups", &Library::want_lookups)
      .function("idKeys", &id_keys)
      .function("isLive", &Library::is_live)
      .function("thumbnailEntry", &thumbnail_entry)
      .function("thumbnailPlaceOf", &thumbnail_place_of)
      .function("modifiedTimes", &modified_times)
      .function("takeTimes", &take_times)
      .function("setMemoryBudget", &set_memory_budget)
      .property("graphRows", &library_graph_rows)
      .property("wantsGraph", &library_wants_graph)
      .function("setManifest", &set_manifest)
      .function("missing", &library_missing)
      .function("provide", &provide)
      .function("buffer", &file_buffer)
      .function("provideVerified", &provide_verified)
      .function("giveUp", &give_up)
      .function("files", &library_files)
      .function("manifest", &library_manifest)
      .function("beginSearch", &begin_search)
      .function("candidates", &candidates)
      .function("fullPlaces", &full_places)
      .function("rescore", &rescore_rows)
      .function("int8Places", &int8_places)
      .function("rescoreInt8", &rescore_int8_rows)
      .function("vectorOfInt8", &vector_of_int8)
      .function("vector", &row_vector)
      .function("rowOf", &row_of)
      .function("rowOfSha256", &row_of_sha256)
      .function("stat", &row_stat)
      .function("recordPlace", &record_place)
      .function("thumbnailPlace", &thumbnail_place)
      .function("newest", &newest)
      .function("nextManifest", &next_manifest)
      .function("planMerge", &plan_library_merge)
      .function("merger", &library_merger)
      .function("startGraph", &start_graph)
      .function("isStale", &is_stale)
      .function("useGraph", &use_graph)
      .function("segmentBuilder", &segment_builder);

  class_<Sha256>("CoreSha256").function("update", &update_hash).function("hex", &hash_hex);

  function("decode", &decode_picture);
  function("pictureFromPixels", &picture_from_pixels);
  function("sniff", &sniff_type);
  function("orientation", &orientation_of);
  function("encodePng", &png_of);
  function("sha256", &sha256_of);
  function("newSha256", &new_hash);
  function("newLibrary", &new_library);
  function("firstManifest", &start_manifest);
  function("nearestRows", &nearest_rows_of);
  function("heapInUse", &heap_in_use);
}
