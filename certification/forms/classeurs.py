"""Déposer une grille officielle, dire où s'écrit chaque valeur, reprendre une correspondance."""

from collections.abc import Iterable, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone

from certification.bareme import EntreeInvalide
from certification.correspondance import COMMISSION, FORMAT, IDENTITE, Correspondance, Style
from certification.json_strict import lire_json
from evaluations.synthese import NIVEAUX
from referentiel.models import Epreuve, Option, SessionExamen, VersionReferentiel
from trpm.socle.classeur import ClasseurRefuse, verifier_taille

JSON_MAX = 200_000


class FormulaireDeClasseur(forms.Form):
    """Les messages du service vont au champ quand le formulaire l'a, sinon en tête."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def reporter(self, refus: ValidationError) -> None:
        if not hasattr(refus, "error_dict"):
            self.add_error(None, refus.messages)
            return
        for champ, textes in refus.message_dict.items():
            self.add_error(champ if champ in self.fields else None, textes)


class DepotForm(FormulaireDeClasseur):
    """Le fichier du ministère, et à quoi il sert."""

    cible = forms.ChoiceField(label="Épreuve et option")
    session = forms.ModelChoiceField(label="Session", queryset=SessionExamen.objects.none(), empty_label=None)
    fichier = forms.FileField(
        label="Classeur officiel (.xlsx)",
        help_text="Tel qu'il a été reçu, vide : mise en forme, formules et protections sont gardées.",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )

    def __init__(
        self, *args: Any, versions: Iterable[VersionReferentiel], sessions: QuerySet[SessionExamen], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.cibles: dict[str, tuple[Option, Epreuve]] = {}
        choix = []
        for version in versions:
            for epreuve in version.epreuves.all():
                for option in version.options.all():
                    cle = f"{option.pk}-{epreuve.pk}"
                    self.cibles[cle] = (option, epreuve)
                    choix.append((cle, f"{epreuve.code} {epreuve.intitule} – {option.code} ({version})"))
        cible, session = self.fields["cible"], self.fields["session"]
        if isinstance(cible, forms.ChoiceField):
            cible.choices = choix
        if isinstance(session, forms.ModelChoiceField):
            session.queryset = sessions
            # Celle que l'on prépare : la première qui n'est pas passée.
            annees = list(sessions.order_by("annee"))
            proche = next((une for une in annees if une.annee >= timezone.localdate().year), None)
            session.initial = proche or next(iter(reversed(annees)), None)
        self.helper.layout = Layout(Fieldset("Le classeur et à quoi il sert", "cible", "session", "fichier"))

    def clean_fichier(self) -> UploadedFile[Any]:
        fichier: UploadedFile[Any] = self.cleaned_data["fichier"]
        try:
            verifier_taille(fichier.size or 0)
        except ClasseurRefuse as refus:
            raise ValidationError(str(refus)) from refus
        return fichier

    def saisie(self) -> dict[str, Any]:
        option, epreuve = self.cibles[self.cleaned_data["cible"]]
        fichier = self.cleaned_data["fichier"]
        return {
            "option": option,
            "epreuve": epreuve,
            "session": self.cleaned_data["session"],
            "nom": fichier.name or "",
            "contenu": fichier.read(),
        }


class ReprendreForm(FormulaireDeClasseur):
    """Une correspondance exportée d'ici ou d'ailleurs."""

    correspondance = forms.FileField(
        label="Correspondance (.json)", widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"})
    )

    def clean_correspondance(self) -> Any:
        fichier: UploadedFile[Any] = self.cleaned_data["correspondance"]
        if (fichier.size or 0) > JSON_MAX:
            raise ValidationError("Ce fichier est trop gros pour être une correspondance.")
        try:
            return lire_json(fichier.read())
        except EntreeInvalide as erreur:
            raise ValidationError(f"Ce fichier n'est pas une correspondance : {erreur}.") from erreur


class CorrespondanceForm(FormulaireDeClasseur):
    """Une adresse de case par valeur ; vide : la grille ne la demande pas."""

    style = forms.ChoiceField(
        label="Les niveaux s'écrivent",
        choices=[(Style.CROIX, "par une croix dans l'une de quatre colonnes"), (Style.CHIFFRE, "par un chiffre")],
        widget=forms.RadioSelect,
    )
    marque = forms.CharField(label="Signe de la croix", max_length=5, required=False)
    premier = forms.TypedChoiceField(
        label="Le chiffre du niveau 1", choices=[(1, "1 (de 1 à 4)"), (0, "0 (de 0 à 3)")], coerce=int
    )
    empreinte = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, codes: Mapping[str, str], feuille: str, lue: Correspondance, **options: Any) -> None:
        super().__init__(*args, **options)
        self.codes, self.feuille = codes, feuille
        self.initial.update(style=lue.style.value, marque=lue.marque, premier=lue.premier)
        for rang in NIVEAUX:
            nom = f"colonne_{rang}"
            self._ajouter(nom, f"Colonne du niveau {rang}", lue.colonnes[rang - 1] if lue.colonnes else "")
            self.fields[nom].widget.attrs["data-colonne"] = str(rang)
        for nom, libelle in (IDENTITE | COMMISSION).items():
            self._ajouter(nom, libelle, lue.champs.get(nom, ""))
        for code, intitule in codes.items():
            self._ajouter(code, f"{code} {intitule}", lue.niveaux.get(code, ""))
            self.fields[code].widget.attrs["data-niveau"] = code
        colonnes = [Column(f"colonne_{rang}", css_class="col-6") for rang in NIVEAUX]
        self.helper.layout = Layout(
            "empreinte",
            Fieldset("Identité", *IDENTITE, css_class="cases-a-placer"),
            Fieldset(
                "Niveaux", "style", Row(*colonnes), Row(Column("marque"), Column("premier")), css_class="cases-reglages"
            ),
            Fieldset("Compétences", *codes, css_class="cases-a-placer"),
            Fieldset("Commission", *COMMISSION, css_class="cases-a-placer"),
        )

    def _ajouter(self, nom: str, libelle: str, valeur: object) -> None:
        saisie = forms.TextInput(attrs={"data-case": libelle, "autocomplete": "off", "spellcheck": "false"})
        self.fields[nom] = forms.CharField(label=libelle, required=False, max_length=60, widget=saisie)
        self.initial[nom] = str(valeur)

    def valeur(self) -> dict[str, Any]:
        """La correspondance saisie, au format d'échange ; le service la vérifie."""
        lu = self.cleaned_data
        colonnes = [lu[f"colonne_{rang}"] for rang in NIVEAUX]
        return {
            "format": FORMAT,
            "champs": {nom: self._adresse(lu[nom]) for nom in (IDENTITE | COMMISSION) if lu[nom]},
            "niveaux": {
                "style": lu["style"],
                "marque": lu["marque"],
                "premier": lu["premier"],
                "colonnes": colonnes if any(colonnes) else [],
                "cases": {code: self._adresse(lu[code]) for code in self.codes if lu[code]},
            },
        }

    def _adresse(self, texte: str) -> str:
        """Sans nom de feuille, c'est la première."""
        return texte if "!" in texte else f"{self.feuille}!{texte}"
