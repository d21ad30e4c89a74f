"""Les numéros de candidats d'une classe : un champ par ligne, ou une colonne collée."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from certification.models import Candidat


class NumerosForm(forms.Form):
    """Ce qui est collé l'emporte sur les champs ; chaque ligne refusée est nommée."""

    collage = forms.CharField(
        label="Coller une colonne",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "form-control", "aria-describedby": "aide-collage"}),
        help_text="Un numéro par ligne, dans l'ordre du tableau ; ou « NOM Prénom;numéro ». Ce qui est collé remplace "
        "ce qui est saisi au-dessus. Rien d'autre : ni coordonnées, ni santé.",
    )

    def __init__(self, *args: Any, candidats: Sequence[Candidat], est_figee: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.candidats = candidats
        for candidat in candidats:
            self.fields[f"numero_{candidat.pk}"] = forms.CharField(
                label=f"Numéro de {candidat.apprenant}",
                required=False,
                max_length=20,
                initial=candidat.numero,
                disabled=est_figee,
                widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
            )

    def lignes(self) -> Iterator[tuple[Candidat, forms.BoundField]]:
        for candidat in self.candidats:
            yield candidat, self[f"numero_{candidat.pk}"]

    def numeros(self) -> dict[int, str]:
        saisis = {candidat.pk: self.cleaned_data[f"numero_{candidat.pk}"] for candidat in self.candidats}
        colles: dict[int, str] = self.cleaned_data["collage"]
        return saisis | colles

    def clean_collage(self) -> dict[int, str]:
        lignes = self.cleaned_data["collage"].splitlines()
        while lignes and not lignes[-1].strip():
            lignes.pop()
        lus: dict[int, str] = {}
        refus: list[str] = []
        for rang, ligne in enumerate(lignes, start=1):
            nom, separe, numero = ligne.replace("\t", ";").rpartition(";")
            vises = self._nommes(nom) if separe else self.candidats[rang - 1 : rang]
            if len(vises) == 1 and vises[0].pk not in lus:
                lus[vises[0].pk] = numero.strip()
            else:
                refus.append(f"Ligne {rang} : {_pourquoi(nom.strip(), len(vises))}")
        if refus:
            raise ValidationError(refus)
        return lus

    def _nommes(self, nom: str) -> list[Candidat]:
        cherche = _cle(nom)
        return [un for un in self.candidats if _cle(f"{un.apprenant.nom} {un.apprenant.prenom}") == cherche]

    def reporter(self, refus: ValidationError) -> None:
        """Les refus du service, chacun sur sa ligne."""
        if not hasattr(refus, "error_dict"):
            self.add_error(None, refus.messages)
            return
        for cle, textes in refus.message_dict.items():
            self.add_error(f"numero_{cle}", textes)
            numero = self.numeros_lus.get(int(cle), "")
            nom = next(un.apprenant for un in self.candidats if un.pk == int(cle))
            self.add_error(None, [f"{nom}, {numero} : {texte}" for texte in textes])

    @property
    def numeros_lus(self) -> dict[int, str]:
        colles = self.cleaned_data.get("collage") or {}
        saisis = {un.pk: self.data.get(f"numero_{un.pk}", "") for un in self.candidats}
        return saisis | colles


def _cle(nom: str) -> str:
    return " ".join(nom.split()).casefold()


def _pourquoi(nom: str, combien: int) -> str:
    if not nom:
        return "il y a plus de lignes que de candidats."
    if combien:
        return f"« {nom} » désigne plusieurs candidats, ou figure deux fois."
    return f"« {nom} » n'est pas un candidat de cette classe."
