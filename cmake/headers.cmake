# The public headers, sorted; the test package.header_list compares these lists with the tree.

set(sheaf_headers
    include/sheaf/acknowledgement.hpp
    include/sheaf/collation/concatenate.hpp
    include/sheaf/collation/fold.hpp
    include/sheaf/collation/keep_chunks.hpp
    include/sheaf/collation/merge_sorted.hpp
    include/sheaf/completion.hpp
    include/sheaf/concepts.hpp
    include/sheaf/config.hpp
    include/sheaf/core/account.hpp
    include/sheaf/core/activity.hpp
    include/sheaf/core/allocated.hpp
    include/sheaf/core/backoff_schedule.hpp
    include/sheaf/core/budget.hpp
    include/sheaf/core/chunk_slot.hpp
    include/sheaf/core/deadline_queue.hpp
    include/sheaf/core/direct_call.hpp
    include/sheaf/core/direct_reserve.hpp
    include/sheaf/core/engine.hpp
    include/sheaf/core/engine_admission.hpp
    include/sheaf/core/engine_departure.hpp
    include/sheaf/core/engine_direct.hpp
    include/sheaf/core/engine_interface.hpp
    include/sheaf/core/engine_memory.hpp
    include/sheaf/core/engine_settlement.hpp
    include/sheaf/core/explanation.hpp
    include/sheaf/core/finished_ids.hpp
    include/sheaf/core/gap_clock.hpp
    include/sheaf/core/hash_index.hpp
    include/sheaf/core/instant.hpp
    include/sheaf/core/interpolation_search.hpp
    include/sheaf/core/packet_link.hpp
    include/sheaf/core/packet_node.hpp
    include/sheaf/core/pending_sequence.hpp
    include/sheaf/core/prepared_event.hpp
    include/sheaf/core/resource.hpp
    include/sheaf/core/resource_clocks.hpp
    include/sheaf/core/resource_table.hpp
    include/sheaf/core/slab.hpp
    include/sheaf/core/spares.hpp
    include/sheaf/core/terminal_event.hpp
    include/sheaf/core/two_ended_array.hpp
    include/sheaf/core/waiting_chunk.hpp
    include/sheaf/core/work_list.hpp
    include/sheaf/detail/always_inline.hpp
    include/sheaf/detail/crc32c.hpp
    include/sheaf/detail/load_word.hpp
    include/sheaf/detail/prefetch.hpp
    include/sheaf/detail/throw.hpp
    include/sheaf/detail/unique_task.hpp
    include/sheaf/detail/x86_vectors.hpp
    include/sheaf/distinct/calendar.hpp
    include/sheaf/distinct/calendar_windows.hpp
    include/sheaf/distinct/detail/element_account.hpp
    include/sheaf/distinct/detail/hurwitz_zeta.hpp
    include/sheaf/distinct/detail/likelihood.hpp
    include/sheaf/distinct/detail/merge_registers.hpp
    include/sheaf/distinct/detail/partition_clock.hpp
    include/sheaf/distinct/detail/partition_table.hpp
    include/sheaf/distinct/detail/register_value.hpp
    include/sheaf/distinct/detail/reserve_more.hpp
    include/sheaf/distinct/detail/snapshot_bytes.hpp
    include/sheaf/distinct/detail/window_intake.hpp
    include/sheaf/distinct/detail/window_level.hpp
    include/sheaf/distinct/detail/window_store.hpp
    include/sheaf/distinct/detail/windows_snapshot.hpp
    include/sheaf/distinct/distinct_count.hpp
    include/sheaf/distinct/distinct_counter.hpp
    include/sheaf/distinct/exaloglog.hpp
    include/sheaf/distinct/martingale_estimator.hpp
    include/sheaf/distinct/period.hpp
    include/sheaf/distinct/snapshot_status.hpp
    include/sheaf/distinct/window_options.hpp
    include/sheaf/distinct/window_result.hpp
    include/sheaf/distinct/window_text.hpp
    include/sheaf/distinct/zone.hpp
    include/sheaf/events.hpp
    include/sheaf/executor/detail/task_ring.hpp
    include/sheaf/executor/inline_executor.hpp
    include/sheaf/executor/manual_executor.hpp
    include/sheaf/executor/thread_pool.hpp
    include/sheaf/fwd.hpp
    include/sheaf/json/detail/avx2_utf8.hpp
    include/sheaf/json/detail/decode_escape.hpp
    include/sheaf/json/detail/frame_scan.hpp
    include/sheaf/json/detail/json_masks.hpp
    include/sheaf/json/detail/packed_brackets.hpp
    include/sheaf/json/detail/read_frame.hpp
    include/sheaf/json/detail/root_key.hpp
    include/sheaf/json/detail/strict_check.hpp
    include/sheaf/json/detail/string_state.hpp
    include/sheaf/json/detail/vector_check.hpp
    include/sheaf/json/frame_error.hpp
    include/sheaf/json/json_number.hpp
    include/sheaf/json/json_string.hpp
    include/sheaf/json/line_splitter.hpp
    include/sheaf/json/root_key_reader.hpp
    include/sheaf/json/root_pair.hpp
    include/sheaf/keyed_hash.hpp
    include/sheaf/merge/detail/key_order.hpp
    include/sheaf/merge/detail/loser_tree.hpp
    include/sheaf/merge/detail/merge_network.hpp
    include/sheaf/merge/detail/merge_passes.hpp
    include/sheaf/merge/detail/merge_path.hpp
    include/sheaf/merge/detail/merge_source.hpp
    include/sheaf/merge/detail/run_groups.hpp
    include/sheaf/merge/detail/run_slices.hpp
    include/sheaf/merge/detail/two_way_merge.hpp
    include/sheaf/merge/detail/vector_merge.hpp
    include/sheaf/merge/merge_runs.hpp
    include/sheaf/merge/push_result.hpp
    include/sheaf/merge/run_merger.hpp
    include/sheaf/merge/streaming_merge.hpp
    include/sheaf/options.hpp
    include/sheaf/outcome.hpp
    include/sheaf/packet.hpp
    include/sheaf/packet_collator.hpp
    include/sheaf/shared_payload.hpp
    include/sheaf/sheaf.hpp
    include/sheaf/shell/batch.hpp
    include/sheaf/shell/batch_lists.hpp
    include/sheaf/shell/callback_frame.hpp
    include/sheaf/shell/collator_state.hpp
    include/sheaf/shell/deadlines.hpp
    include/sheaf/shell/deliveries.hpp
    include/sheaf/shell/direct_calls.hpp
    include/sheaf/shell/intake.hpp
    include/sheaf/shell/progress_signal.hpp
    include/sheaf/shell/random_seed.hpp
    include/sheaf/shell/sink_access.hpp
    include/sheaf/shell/stopping.hpp
    include/sheaf/shell/stripe.hpp
    include/sheaf/shell/timer_thread.hpp
    include/sheaf/shell/transforms.hpp
    include/sheaf/sink/collecting.hpp
    include/sheaf/sink/dead_letter.hpp
    include/sheaf/sink/detail/file_name.hpp
    include/sheaf/sink/detail/forwarding.hpp
    include/sheaf/sink/detail/group_sync.hpp
    include/sheaf/sink/detail/posix_files.hpp
    include/sheaf/sink/detail/sha256.hpp
    include/sheaf/sink/detail/text_format.hpp
    include/sheaf/sink/directory.hpp
    include/sheaf/sink/handlers.hpp
    include/sheaf/sink/ostream.hpp
    include/sheaf/sink/result_text.hpp
    include/sheaf/sink/serialized.hpp
    include/sheaf/sink/tee.hpp
    include/sheaf/sink/with_receipts.hpp
    include/sheaf/statistics.hpp
    include/sheaf/threading.hpp
    include/sheaf/traits.hpp
    include/sheaf/transform/detail/text_masks.hpp
    include/sheaf/transform/detail/word_block.hpp
    include/sheaf/transform/detail/word_scan.hpp
    include/sheaf/transform/identity.hpp
    include/sheaf/transform/word_lengths.hpp
    include/sheaf/version.hpp
)

# The component json.
set(sheaf_json_headers
    include/sheaf/connect/base64_decode.hpp
    include/sheaf/connect/json_packet_extractor.hpp
    include/sheaf/connect/json_packet_fields.hpp
    include/sheaf/connect/json_packet_reader.hpp
    include/sheaf/connect/json_read_error.hpp
    include/sheaf/connect/json_scan.hpp
)

set(sheaf_header_lists sheaf_headers sheaf_json_headers)

# sheaf_list_all_headers(<variable>): those of all lists above, also of components that are not built here.
function(sheaf_list_all_headers variable)
    set(all "")
    foreach(list IN LISTS sheaf_header_lists)
        list(APPEND all ${${list}})
    endforeach()
    set(${variable} ${all} PARENT_SCOPE)
endfunction()

# sheaf_keep_user_headers(<variable> <header>...): those that users include. The others come in through them.
function(sheaf_keep_user_headers variable)
    list(FILTER ARGN EXCLUDE REGEX "/(core|shell|detail)/")
    set(${variable} ${ARGN} PARENT_SCOPE)
endfunction()
