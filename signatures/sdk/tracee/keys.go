package tracee

func keyFromTracee(key any) any                             { return key }
func keyForTracee(key any) any                              { return key }
func resultForTracee(result map[string]any) map[string]any  { return result }
func resultFromTracee(result map[string]any) map[string]any { return result }
