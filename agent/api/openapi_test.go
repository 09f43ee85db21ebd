package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/agent/api/access"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// The description is made of the table of routes and of the types that they take and give, so neither can say more than the
// other: a route, a member or a role that is added without it fails here.
func TestTheDescriptionIsWhatTheRoutesSay(t *testing.T) {
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(describe(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Fatal("openapi.json is not what the routes say; run: go test ./agent/api -run Description -update")
	}
}

type object = map[string]any

func describe(t *testing.T) object {
	schemas, paths := object{}, object{}
	for _, one := range publicOperations() {
		paths[one.path] = object{"get": object{"summary": one.summary, "security": []any{}, "responses": one.responses}}
	}
	for _, one := range routes() {
		op := object{"summary": one.summary, "x-role": one.role.String()}
		if one.role == access.Nobody {
			op["security"] = []any{}
		}
		if one.local {
			op["x-control-socket-only"] = true
		}
		if one.change {
			op["x-changes"] = true
		}
		var parameters []any
		for _, part := range strings.Split(one.path, "/") {
			if name, ok := strings.CutPrefix(part, "{"); ok {
				parameters = append(parameters, object{"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": object{"type": "string"}})
			}
		}
		for _, p := range one.query {
			parameters = append(parameters, object{"name": p.name, "in": "query", "description": p.doc, "schema": object{"type": "string"}})
		}
		if one.matches {
			parameters = append(parameters, object{"name": "If-Match", "in": "header", "description": "The ETag of the file that is changed; or If-None-Match: * for one that is not there.", "schema": object{"type": "string"}})
		}
		if parameters != nil {
			op["parameters"] = parameters
		}
		if one.takes != nil {
			op["requestBody"] = object{"required": true, "content": content("application/json", schemaOf(t, schemas, reflect.TypeOf(one.takes)))}
		}
		responses := object{"default": object{"description": "What is wrong.", "content": content("application/json", schemaOf(t, schemas, reflect.TypeFor[Problem]()))}}
		for status, v := range one.gives {
			r := object{"description": meaning(status)}
			if v != nil {
				kind := "application/json"
				if reflect.TypeOf(v) == reflect.TypeFor[StreamLine]() {
					kind = "application/x-ndjson"
				}
				r["content"] = content(kind, schemaOf(t, schemas, reflect.TypeOf(v)))
			}
			responses[fmt.Sprint(status)] = r
		}
		op["responses"] = responses
		item, _ := paths[one.path].(object)
		if item == nil {
			item = object{}
		}
		item[strings.ToLower(one.method)] = op
		paths[one.path] = item
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Logskiff agent", "version": "1",
			"description": "docs/api.md explains it. Made by go test ./agent/api -run Description -update. x-role is the least role that may ask; x-changes says that agent.ui = \"readonly\" refuses it.",
		},
		"servers":    []any{object{"url": "http://127.0.0.1:7710"}},
		"security":   []any{object{"token": []any{}}},
		"paths":      paths,
		"components": object{"securitySchemes": object{"token": object{"type": "http", "scheme": "bearer"}}, "schemas": schemas},
	}
}

// publicOperations are what everybody may read, which is text; agent tests hold that they are served.
func publicOperations() []struct {
	path, summary string
	responses     object
} {
	text := func(status, what string) object { return object{status: object{"description": what}} }
	unready := text("200", "It does its work.")
	unready["503"] = object{"description": "It does not, and says why, a line a reason."}
	return []struct {
		path, summary string
		responses     object
	}{
		{"/metrics", "The figures in the Prometheus text format: docs/metrics.md.", text("200", "Metrics.")},
		{"/healthz", "Whether the process answers.", text("200", "It does.")},
		{"/readyz", "Whether the agent does its work.", unready},
	}
}

func content(kind string, schema object) object { return object{kind: object{"schema": schema}} }

func meaning(status int) string {
	return map[int]string{200: "It is done.", 204: "It is done.", 401: "The code is wrong.", 404: "There is none.", 409: "It cannot be done now.",
		412: "The file is another one, or a person wrote it; nothing was changed.", 428: "Neither If-Match nor If-None-Match was sent.",
		422: "What was sent, or the configuration, is bad; the old one goes on.", 429: "Too many log-ins have failed.", 503: "There are too many."}[status]
}

// schemaOf describes a type as encoding/json writes it; structs are kept by their names.
func schemaOf(t *testing.T, schemas object, of reflect.Type) object {
	switch of {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[Count]():
		return object{"type": "integer", "format": "int64"}
	case reflect.TypeFor[values]():
		return object{"type": "array", "items": object{"type": []any{"number", "null"}}}
	}
	switch of.Kind() {
	case reflect.Pointer:
		return schemaOf(t, schemas, of.Elem())
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Interface:
		return object{}
	case reflect.Slice:
		return object{"type": "array", "items": schemaOf(t, schemas, of.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": schemaOf(t, schemas, of.Elem())}
	case reflect.Struct:
	default:
		t.Fatalf("an answer has a %v", of)
	}
	name := strings.ToUpper(of.Name()[:1]) + of.Name()[1:]
	if _, there := schemas[name]; !there {
		properties, required := object{}, []any{}
		schemas[name] = object{} // it may be in itself
		members(t, schemas, of, properties, &required)
		schemas[name] = object{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func members(t *testing.T, schemas object, of reflect.Type, properties object, required *[]any) {
	for f := range fieldsOf(of) {
		if f.Anonymous {
			members(t, schemas, f.Type, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		doc := f.Tag.Get("doc")
		if name == "" || doc == "" || strings.ToLower(name) != name {
			t.Errorf("%v.%s has no name in small letters, or no doc", of, f.Name)
		}
		schema := schemaOf(t, schemas, f.Type)
		schema["description"] = doc
		if words := f.Tag.Get("enum"); words != "" {
			schema["enum"] = strings.Fields(words)
		}
		properties[name] = schema
		if options != "omitempty" && options != "omitzero" {
			*required = append(*required, name)
		}
	}
}

func fieldsOf(of reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range of.NumField() {
			if !yield(of.Field(i)) {
				return
			}
		}
	}
}

// fits says what of a decoded JSON value is not as a schema of the description says.
func fits(doc, schema object, v any, at string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		schema = doc["components"].(object)["schemas"].(object)[name].(object)
	}
	if words, ok := schema["enum"].([]any); ok && !slices.Contains(words, v) {
		return []string{fmt.Sprintf("%s: %v is none of %v", at, v, words)}
	}
	var wrong []string
	switch schema["type"] {
	case "object":
		o, ok := v.(object)
		if !ok {
			return []string{at + " is no object"}
		}
		properties, _ := schema["properties"].(object)
		rest, _ := schema["additionalProperties"].(object)
		for _, name := range slices.Sorted(maps.Keys(o)) {
			s, known := properties[name].(object)
			if !known {
				s = rest
			}
			if s == nil {
				wrong = append(wrong, at+"."+name+" is not described")
				continue
			}
			wrong = append(wrong, fits(doc, s, o[name], at+"."+name)...)
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, there := o[name.(string)]; !there {
				wrong = append(wrong, fmt.Sprintf("%s.%v is missing", at, name))
			}
		}
	case "array":
		list, ok := v.([]any)
		if !ok {
			return []string{at + " is no list"}
		}
		for i, one := range list {
			wrong = append(wrong, fits(doc, schema["items"].(object), one, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case "string":
		if _, ok := v.(string); !ok {
			wrong = append(wrong, at+" is no string")
		}
	case "number", "integer":
		if _, ok := v.(float64); !ok {
			wrong = append(wrong, at+" is no number")
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			wrong = append(wrong, at+" is no boolean")
		}
	}
	return wrong
}
