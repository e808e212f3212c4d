// The work that the benchmarks do: orders of the pizza shop, five changes each, as Lambda events.
// Tables and records are those of the harness (bench/harness/).
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/catalog/catalog.h"
#include "engine/engine.h"
#include "engine/records/change_batch.h"

namespace freshet::bench {

// The table of examples/pizza with two item views and two lists: four views to keep.
std::shared_ptr<const engine::Catalog> shop_catalog();

// A Lambda event of `count` records with both images, about 1.2 KB each, beginning with change
// number `first`. A thousand orders are in flight at any time.
std::string event_json(std::size_t first, std::size_t count);

// The same, decoded.
engine::ChangeBatch event_batch(const engine::Catalog& catalog, std::size_t first,
                                std::size_t count);

// The key of an order of event_json(), counted from 0.
std::string order_id(std::size_t order);

// One of the thousand customers, counted from 0.
std::string customer_id(std::size_t customer);

// An engine over a new folder, its sequencer stepped by hand. The folder is removed at the end.
class Shop {
public:
    Shop();
    ~Shop();
    Shop(const Shop&) = delete;
    Shop& operator=(const Shop&) = delete;

    // Appends and waits until it is acknowledged.
    void append(engine::ChangeBatch batch);
    // Appends the first change of each of so many thousand orders.
    void insert_thousands(std::size_t count);

    [[nodiscard]] engine::Engine& engine() { return *engine_; }
    [[nodiscard]] const engine::Catalog& catalog() const { return *catalog_; }

private:
    std::string folder_;
    std::shared_ptr<const engine::Catalog> catalog_;
    std::unique_ptr<engine::Engine> engine_;
};

}  // namespace freshet::bench
