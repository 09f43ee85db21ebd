package api

import (
	"encoding/json"
	"net/http"
)

// Problem is the answer to what cannot be done.
type Problem struct {
	Error ProblemText `json:"error" doc:"What is wrong."`
}

// ProblemText says what is wrong.
type ProblemText struct {
	Code    string `json:"code" doc:"One word for programs, which stays the same."`
	Message string `json:"message" doc:"For people."`
	Advice  string `json:"advice,omitempty" doc:"What to do."`
}

func fail(w http.ResponseWriter, status int, code, message, advice string) {
	answer(w, status, Problem{ProblemText{code, message, advice}})
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: an answer that is no JSON: " + err.Error())
	}
	answerBytes(w, status, append(b, '\n'))
}

func answerBytes(w http.ResponseWriter, status int, b []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b) //nolint:errcheck // the reader has gone; there is nobody to tell
}
