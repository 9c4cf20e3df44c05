package value

// Object is an object that is being built or was built. Its keys may be any
// values, as Rego has it.
type Object struct {
	table
	values []Value
}

// NewObject returns an empty object.
func NewObject() *Object { return &Object{} }

// Insert sets the value of a key.
func (o *Object) Insert(k, v Value) {
	if i := o.find(k); i >= 0 {
		o.values[i] = v
		return
	}
	o.add(k)
	o.values = append(o.values, v)
}

// Get returns the value of a key, undefined where there is none.
func (o *Object) Get(k Value) Value {
	if i := o.find(k); i >= 0 {
		return o.values[i]
	}
	return Value{}
}

// Len returns the number of keys.
func (o *Object) Len() int { return len(o.keys) }

// At returns key and value i in OPA's order of keys.
func (o *Object) At(i int) (k, v Value) {
	o.sort()
	return o.keys[i], o.values[i]
}

func (o *Object) sort() {
	if o.sorted {
		return
	}
	if places := o.order(); places != nil {
		o.keys, o.values = permute(o.keys, places), permute(o.values, places)
		if len(o.keys) > linear {
			o.rehash()
		}
	}
	o.sorted = true
}
