/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/export_fact.h"

#include <string.h>

bool export_fact_is(const json_t *object, const char *name, const char *wanted)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && strcmp(text, wanted) == 0;
}

bool export_fact_is_noun(const json_t *facts, const char *noun)
{
    return export_fact_is(facts, "collection", noun) && json_integer_value(json_object_get(facts, "collection_id")) < 0;
}

json_t *export_fact_references(const json_t *facts)
{
    const json_t *told = json_object_get(facts, "external_references");
    if (!json_is_string(told))
        return NULL;
    return json_loadb(json_string_value(told), json_string_length(told), JSON_REJECT_DUPLICATES, NULL);
}
