// What a function gets: a record as Lambda has it from DynamoDB Streams, or as a CloudEvent, and
// the batch around it.
//
//     {"Records":[{"eventID":"1","eventName":"INSERT","dynamodb":{…},…},…]}
//     [{"specversion":"1.0","id":"5f3c.42","source":"/tables/notes","type":"INSERT","data":{…}},…]
//
// Records of a table that is written directly say `"eventSource":"aws:dynamodb"` here, and have an
// ARN of six parts, so that handlers that were written for AWS find in both what they look for.
//
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/catalog/function.h"
#include "storage/record.h"

namespace freshet::engine {

// By what a function names the record in its answer: its number, or its position where no source
// gave it a number of its own.
std::string identifier_of(const storage::Record& record);

// The id of the record as a CloudEvent, which also may name it: `EPOCH.POSITION`.
std::string event_id_of(const storage::Record& record, std::uint64_t epoch);

// The record as the function gets it, which is of the log of that epoch.
std::string function_event(const Function& function, const storage::Record& record,
                           std::uint64_t epoch);

// What is written around and between the events of a batch.
struct BatchFrame {
    std::string_view begin;
    std::string_view end;
    std::string_view content_type;
};
BatchFrame frame_of(const Function& function);

}  // namespace freshet::engine
