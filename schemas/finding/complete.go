package finding

// Complete returns the finding with empty lists and objects in place of nil
// ones: the schema promises arrays and objects where Go would write null. Call
// it before marshalling.
func (f Finding) Complete() Finding {
	f.Events = filled(f.Events)
	f.DNS = filled(f.DNS)
	f.Signature.Tags = filled(f.Signature.Tags)
	f.Evidence.Lost = filled(f.Evidence.Lost)
	if f.Signature.Properties == nil {
		f.Signature.Properties = map[string]any{}
	}
	if f.Enrichment == nil {
		f.Enrichment = map[string]string{}
	}
	return f
}

func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
