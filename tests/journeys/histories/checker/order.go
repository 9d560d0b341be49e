package main

import (
	"sort"

	"github.com/anishathalye/porcupine"
)

// inLogOrder tells whether the order in which the log has the changes explains every answer: it is one order, so a history that it explains
// is linearizable, whatever made the log. Where it explains too little, or a change has no position, nothing is said: all orders are to
// be searched. What changes nothing (a read, a refusal, the repeat of a key) stands at the first place in its time at which it is right:
// the first is the best, as a place only bounds from below those of later calls. What was never answered stands at the end.
func inLogOrder(operations []porcupine.Operation) bool {
	changes, others, known := split(operations)
	if !known {
		return false
	}
	states := []interface{}{model.Init()}
	latestCall := int64(0)
	for _, each := range changes {
		latestCall = max(latestCall, each.Call)
		right, state := step(states[len(states)-1], each.Input, nil)
		if !right || each.Return < latestCall {
			return false
		}
		states = append(states, state)
	}
	places := make([]int, len(others))
	for number, each := range others {
		first, last := span(each, changes)
		for earlier := 0; earlier < number; earlier++ {
			if others[earlier].Return < each.Call {
				first = max(first, places[earlier])
			}
		}
		for first <= last && !isRight(states[first], each) {
			first++
		}
		if first > last {
			return false
		}
		places[number] = first
	}
	return true
}

// split returns the changes in the order of their positions, and what changes nothing in the order of calls; false: a change has no position.
func split(operations []porcupine.Operation) (changes, others []porcupine.Operation, known bool) {
	ordered := append([]porcupine.Operation{}, operations...)
	sort.SliceStable(ordered, func(a, b int) bool { return ordered[a].Call < ordered[b].Call })
	isDone := map[string]bool{}
	for _, each := range ordered {
		call := each.Input.(Call)
		switch {
		case call.Result == "unknown":
		case call.Result != "done" || call.Op == "balance" || (call.Key != "" && call.Op != "settle" && isDone[call.Key]):
			others = append(others, each)
		case call.Position == 0:
			return nil, nil, false
		default:
			isDone[call.Key] = isDone[call.Key] || call.Op != "settle"
			changes = append(changes, each)
		}
	}
	sort.SliceStable(changes, func(a, b int) bool { return changes[a].Input.(Call).Position < changes[b].Input.(Call).Position })
	return changes, others, true
}

// span returns after how many of the changes a call can stand at the earliest and at the latest.
func span(operation porcupine.Operation, changes []porcupine.Operation) (first, last int) {
	last = len(changes)
	for number, each := range changes {
		if each.Return < operation.Call {
			first = number + 1
		}
		if each.Call > operation.Return {
			last = min(last, number)
		}
	}
	return first, last
}

func isRight(state interface{}, operation porcupine.Operation) bool {
	right, _ := step(state, operation.Input, nil)
	return right
}
