// Package handover exchanges closed lists with other offices that work with kheo.
//
// An office hands over a closed list to the next tier as one archive (Make): the list as it was closed, its papers, and
// the documents of the dossiers that were recognised. The next tier checks it (Check) and takes it in (Accept): each
// recognised dossier goes into the inbox as if someone had submitted it, and an event of the audit trail says where it
// comes from. When the next tier has closed its own list, its answer goes back as an archive of the same form (Answer),
// which the first office takes in (Receive).
//
// An archive is a zip whose first entry, handover.json, names every other file with its size and SHA-256, and whose
// second, handover.sig, is the ed25519 signature of the first by the key of the office. kheo.yaml names the keys of
// other offices; nothing of an archive that another key has signed is used. Nothing in an archive is compressed, so it
// cannot unpack to more than its own size, and its parts are read under the names that the signed list gives them, and
// never under names of the zip.
package handover

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline/campaign"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules/award"
)

// format names the form of archives.
const format = "kheo-handover-1"

// Kinds of archives.
const (
	ofList    = "list"
	ofAnswers = "answer"
)

// Manifest is handover.json, what an office signs.
type Manifest struct {
	Format   string        `json:"format"`
	Kind     string        `json:"kind"` // list or answer
	Key      string        `json:"key"`  // public key of the office
	Campaign string        `json:"campaign"`
	Title    dossier.Text  `json:"title,omitempty"`
	Ruleset  string        `json:"ruleset"`
	List     dossier.Text  `json:"list,omitempty"` // title of the list
	Run      string        `json:"run"`
	SHA256   string        `json:"list_sha256"` // of the list as the run published it
	Closed   string        `json:"closed"`      // hash of the event that closed it
	ClosedAt string        `json:"closed_at"`
	Audit    review.Anchor `json:"audit"` // of the audit trail, when the archive was made

	Entries []Entry  `json:"entries,omitempty"` // of a list: the recognised ones
	To      string   `json:"to,omitempty"`      // of answers: the public key of the office that is answered
	Answers []Answer `json:"answers,omitempty"`
	Files   []File   `json:"files,omitempty"` // every other file of the archive, in order
}

// File is one file of an archive.
type File struct {
	Name   string `json:"name"` // path within the archive
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Entry is one recognised dossier of a list that is handed over. Names of units, levels and fields are written out,
// since the next tier has others.
type Entry struct {
	Dossier      string          `json:"dossier"`
	Title        string          `json:"title"`
	Kind         string          `json:"kind"`
	Nominee      string          `json:"nominee,omitempty"`
	Unit         string          `json:"unit"`
	UnitName     string          `json:"unit_name,omitempty"`
	Level        string          `json:"level,omitempty"`
	Field        string          `json:"field,omitempty"`
	FieldName    dossier.Text    `json:"field_name,omitempty"`
	RegisteredOn string          `json:"registered_on,omitempty"`
	Facts        map[string]any  `json:"facts,omitempty"` // that the unit stated in its dossier.yaml
	Rank         int             `json:"rank"`
	Outcome      dossier.Outcome `json:"outcome"`
	Points       float64         `json:"points"`
	Max          float64         `json:"max"`
	Award        *publish.Award  `json:"award,omitempty"`
	Granted      *award.Money    `json:"granted,omitempty"`
	Place        int             `json:"place,omitempty"`
	Decision     review.Decision `json:"decision"`
	Reason       string          `json:"reason,omitempty"`
}

// Answer is what the next tier has decided on a dossier. Of names the list on which it was handed over.
type Answer struct {
	Of       ListOf          `json:"of"`
	Dossier  string          `json:"dossier"` // its id in the office that is answered
	Title    string          `json:"title"`
	Decision review.Decision `json:"decision,omitempty"` // "": the list was closed without one
	Outcome  dossier.Outcome `json:"outcome"`
	Reason   string          `json:"reason,omitempty"`
	Award    *publish.Award  `json:"award,omitempty"`
	Number   string          `json:"number,omitempty"`
	On       string          `json:"on,omitempty"`
}

// ListOf names a closed list of another office.
type ListOf struct {
	Campaign string `json:"campaign"`
	Ruleset  string `json:"ruleset"`
	Closed   string `json:"closed"`
}

// keyPath returns the path of the private key of the office.
func keyPath(w *workspace.Workspace) string {
	return filepath.Join(w.Dir, "var", "handover", "office.pem")
}

// keyType is the type of the PEM block that holds the seed of the key.
const keyType = "KHEO OFFICE KEY"

// Key returns the private key of the office. It is made at first use, and kept in var/handover, which only the owner
// of the workspace may read; backups do not hold it.
func Key(ctx context.Context, w *workspace.Workspace) (ed25519.PrivateKey, error) {
	path := keyPath(w)
	if err := os.MkdirAll(filepath.Dir(path), durable.PrivateDir); err != nil {
		return nil, err
	}
	unlock, err := durable.WaitLock(ctx, path+".lock") // two processes must not make two keys
	if err != nil {
		return nil, err
	}
	defer unlock()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return key, durable.WritePrivate(path, pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: key.Seed()}))
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != keyType || len(block.Bytes) != ed25519.SeedSize {
		return nil, fmt.Errorf("%s is not the key of an office; put back the copy that you kept, or remove the file: "+
			"then "+
			"a new key is made, which the other offices must be given", path)
	}
	return ed25519.NewKeyFromSeed(block.Bytes), nil
}

// PublicKey returns the public key of the office, as kheo.yaml of another office names it.
func PublicKey(ctx context.Context, w *workspace.Workspace) (string, error) {
	key, err := Key(ctx, w)
	if err != nil {
		return "", err
	}
	return campaign.KeyText(key.Public().(ed25519.PublicKey)), nil
}
