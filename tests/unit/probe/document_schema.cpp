// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/probe/document_schema.h"

#include <fstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace assay::probe {

std::string schema_errors(const std::string& document) {
    using Adapter = valijson::adapters::NlohmannJsonAdapter;
    nlohmann::json parsed = nlohmann::json::parse(document, nullptr, false);
    if (parsed.is_discarded()) {
        return "not JSON";
    }
    std::ifstream file(ASSAY_SOURCE_DIR "/probe/document.schema.json");
    nlohmann::json schema_json = nlohmann::json::parse(file);
    valijson::Schema schema;
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(Adapter(schema_json), schema);
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(schema, Adapter(parsed), &results)) {
        return "";
    }
    std::string errors;
    for (valijson::ValidationResults::Error error; results.popError(error);) {
        for (const std::string& part : error.context) {
            errors += part;
        }
        errors += ": " + error.description + "\n";
    }
    return errors;
}

}  // namespace assay::probe
